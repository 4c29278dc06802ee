"""The sandbox's log-ins: fixed and documented, so that an example configuration can hold them. They open nothing else.

Only the key pair of the JWT log-in is made, once, beside the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.tls import private_pem, write_private


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client needs to log in; `salesforce_private_key` is the path of a PEM file."""

    salesforce_private_key: str
    salesforce_username: str = "sync@acme.example"
    salesforce_password: str = "sandbox"  # noqa: S105 - opens the sandbox only
    salesforce_client_id: str = "3MVG9syncer"
    salesforce_client_secret: str = "sandbox-secret"  # noqa: S105
    salesforce_access_token: str = "00D000000sandbox!salesforce-access-token"  # noqa: S105
    salesforce_refresh_token: str = "5Aep861sandbox"  # noqa: S105
    hubspot_access_token: str = "pat-na1-5a4db0c5-0000-4000-8000-000000000001"  # noqa: S105
    hubspot_client_id: str = "5a4db0c5-client"
    hubspot_client_secret: str = "5a4db0c5-secret"  # noqa: S105
    hubspot_refresh_token: str = "na1-5a4db0c5-refresh"  # noqa: S105
    pdl_api_key: str = "sandbox-people-data-labs-key"
    apollo_api_key: str = "sandbox-apollo-key"
    hunter_api_key: str = "sandbox-hunter-key"
    builtwith_api_key: str = "5a4db0c5-0000-4000-8000-00000000b111"
    companies_house_api_key: str = "sandbox-companies-house-key"

    def as_dict(self) -> Mapping[str, str]:
        return asdict(self)

    def vendor_keys(self) -> Mapping[str, str]:
        """Vendor name -> the key that it takes; the others ask for none."""
        ending = "_api_key"
        return {name.removesuffix(ending): key for name, key in asdict(self).items() if name.endswith(ending)}


def ensure_key(directory: Path) -> tuple[Path, str]:
    """Path of the private key, kept where it is there and readable, and the PEM of its public half."""
    path = directory / "salesforce-jwt.key"
    key = _read(path)
    if key is None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        write_private(path, private_pem(key))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return path, public.decode()


def _read(path: Path) -> rsa.RSAPrivateKey | None:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (FileNotFoundError, ValueError):
        return None
    return key if isinstance(key, rsa.RSAPrivateKey) else None
