"""The tags that a run and its nodes share, so that a tracker's pages and a dataflow's own tags say the same by the same names."""

import re
from collections.abc import Mapping
from typing import Any

#: What each is, in the words in which a wrong one is refused.
VOCABULARY = {
    "environment": "where it runs, such as prod",
    "team": "who answers for it",
    "repo": "the repository of the dataflow",
    "commit": "the commit of the dataflow: 7 to 64 hexadecimal digits",
    "semantic_version": "the version of the public outputs, such as 1 or 1.2.0",
    "run_kind": "full, incremental or ci",
    "dataset_snapshot_id": "the snapshot of the data that it reads",
}
RUN_KINDS = ("full", "incremental", "ci")
_FORMS = {
    "commit": re.compile(r"[0-9a-fA-F]{7,64}"),
    "semantic_version": re.compile(r"\d+(\.\d+)*"),
    "run_kind": re.compile("|".join(RUN_KINDS)),
}
_PLAIN = {name.replace("_", ""): name for name in VOCABULARY}


def trouble(tags: Mapping[str, Any]) -> str | None:
    """What is wrong with the first tag that belongs to the vocabulary, one clause; None where all are well. Others are free."""
    for key, value in tags.items():
        name = _PLAIN.get(re.sub(r"[-_. ]", "", key.lower()))
        if name is None:
            continue
        if key != name:
            return f"the tag {key} is written {name}"
        text = value.strip() if isinstance(value, str) else ""
        form = _FORMS.get(name)
        if not text or (form is not None and not form.fullmatch(text)):
            return f"the tag {name} is {value!r}; it says {VOCABULARY[name]}"
    return None
