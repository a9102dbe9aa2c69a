"""The schemas of the public tables, each under the name that its `schema_ref` says."""

import pyarrow as pa

_FUNCTION = [("repo", pa.string()), ("commit", pa.string()), ("id", pa.int64())]

function_size_v1 = pa.schema([*_FUNCTION, ("path", pa.string()), ("lines", pa.int64())])
function_risk_v1 = pa.schema([*_FUNCTION, ("risk", pa.float64())])
function_churn_v1 = pa.schema(
    [*_FUNCTION, ("edits", pa.int64()), ("added", pa.int64()), ("removed", pa.int64())]
)
commit_summary_v1 = pa.schema(
    [("repo", pa.string()), ("commit", pa.string()), ("author", pa.string()), ("functions", pa.int64())]
)
author_activity_v1 = pa.schema([("author", pa.string()), ("commits", pa.int64())])
