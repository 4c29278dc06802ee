"""The configuration: one TOML file, overridden by environment variables, with secrets named and never held.

`models` is its shape, `load` finds and validates it, `schedule` reads when things run, `secrets` fetches what is named,
`logins` says how to reach both systems (through the sandbox's card where the file leaves that blank). Imports mapping,
core and the stages' `Settings`; no connector and no store.
"""

from syncer.config.load import Loaded, find_config, load_config
from syncer.config.logins import HubSpotLogin, SalesforceLogin
from syncer.config.models import Config
from syncer.config.schedule import Cron, Every, Schedule, parse_schedule
from syncer.config.secrets import SecretError
from syncer.errors import ConfigError

__all__ = [
    "Config",
    "ConfigError",
    "Cron",
    "Every",
    "HubSpotLogin",
    "Loaded",
    "SalesforceLogin",
    "Schedule",
    "SecretError",
    "find_config",
    "load_config",
    "parse_schedule",
]
