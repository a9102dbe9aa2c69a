"""The one name for whatever a launch folder's reader hands to the fold."""

from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.contract.graph import Graph
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.logs import CacheEvent, LogRecord, Request
from hamtui.contract.stacks import Dump
from hamtui.contract.vitals import Vital
from hamtui.model.old_runs import OldRun

#: One decoded line, or one decoded whole file.
Record = (
    FlightEvent
    | NodeEvent
    | OldRun
    | CacheEvent
    | LogRecord
    | Request
    | Dump
    | Vital
    | LaunchInfo
    | ExitInfo
    | Graph
)
