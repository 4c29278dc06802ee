"""The partner SOAP API, as far as REST has no counterpart: login, convertLead, merge, undelete and a few more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from sandbox.kernel import Refusal, Response
from sandbox.salesforce.convert import convert
from sandbox.salesforce.errors import bad_request
from sandbox.salesforce.ids import to18
from sandbox.salesforce.incoming import accepted
from sandbox.salesforce.removal import delete, merge, undelete
from sandbox.salesforce.router import Call, Route
from sandbox.salesforce.sessions import open_session, session_of
from sandbox.salesforce.times import stamp
from sandbox.salesforce.view import found

_NEWEST_WITH_LOGIN: Final = 64
_OPEN: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
)
_XSI: Final = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_BAD_LOGIN: Final = "Invalid username, password, security token; or user locked out."


def service(call: Call) -> Response:
    """Dispatches on the first element of the body; refusals are faults with status 500."""
    try:
        if b"<!DOCTYPE" in call.request.body:
            raise ET.ParseError("document types are not taken")
        root = ET.fromstring(call.request.body)  # noqa: S314 - no document type, hence no entities
        body = next(child for child in root if _name(child) == "Body")
        operation = next(iter(body))
    except (ET.ParseError, StopIteration) as error:
        return _fault("soapenv:Client", f"Failed to parse the request: {error}", "UNKNOWN_EXCEPTION")
    name = _name(operation)
    try:
        if name == "login":
            return _login(call, operation)
        session_id = next((e.text or "" for e in root.iter() if _name(e) == "sessionId"), "")
        call.session = session_of(call.state, session_id.strip())
        work = _OPERATIONS.get(name)
        if work is None:
            return _fault("soapenv:Client", f"No operation available for request {name}", "UNKNOWN_EXCEPTION")
        return _answer(name, work(call, operation))
    except Refusal as refusal:
        return _fault(f"sf:{refusal.code}", refusal.message, refusal.code)


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _texts(element: ET.Element, name: str) -> list[str]:
    return [(child.text or "").strip() for child in element if _name(child) == name]


def _text(element: ET.Element, name: str) -> str | None:
    return next((text for text in _texts(element, name) if text), None)


def _xml(status: int, inner: str, more: str) -> Response:
    text = f"{_OPEN}{more} {_XSI}><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>"
    return Response(status, {"Content-Type": "text/xml;charset=UTF-8"}, text.encode())


def _answer(operation: str, results: str) -> Response:
    return _xml(200, f"<{operation}Response>{results}</{operation}Response>", 'xmlns="urn:partner.soap.sforce.com"')


def _fault(faultcode: str, message: str, code: str, kind: str = "UnexpectedErrorFault") -> Response:
    detail = (
        f'<sf:{kind} xsi:type="sf:{kind}"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage></sf:{kind}>"
    )
    inner = (
        f"<soapenv:Fault><faultcode>{faultcode}</faultcode><faultstring>{code}: {escape(message)}</faultstring>"
        f"<detail>{detail}</detail></soapenv:Fault>"
    )
    return _xml(500, inner, 'xmlns:sf="urn:fault.partner.soap.sforce.com"')


def _login(call: Call, operation: ET.Element) -> Response:
    state = call.state
    version = float(call.args["version"]) if call.args["version"].replace(".", "", 1).isdecimal() else 0.0
    if not state.settings.oldest_version <= version <= _NEWEST_WITH_LOGIN:
        message = f"Operation login is not supported in API version {call.args['version']}"
        return _fault("UNSUPPORTED_API_VERSION", message, "UNSUPPORTED_API_VERSION")
    if not state.settings.soap_login:
        message = "SOAP API login() is disabled by default in this org."
        return _fault("INSUFFICIENT_ACCESS", message, "INSUFFICIENT_ACCESS", "LoginFault")
    user = state.user(_text(operation, "username") or "")
    if user is None or not user.get("IsActive") or _text(operation, "password") != state.settings.password:
        return _fault("INVALID_LOGIN", _BAD_LOGIN, "INVALID_LOGIN", "LoginFault")
    session = open_session(state, user["Id"], state.settings.apps[0].name, "soap")
    root = f"{state.settings.instance_url.rstrip('/')}/services/Soap"
    org15 = state.org_id[:15]
    inner = (
        f"<result><metadataServerUrl>{root}/m/{version:.1f}/{org15}</metadataServerUrl>"
        f"<passwordExpired>false</passwordExpired><sandbox>{str(state.settings.is_sandbox).lower()}</sandbox>"
        f"<serverUrl>{root}/u/{version:.1f}/{org15}</serverUrl><sessionId>{session.token}</sessionId>"
        f"<userId>{user['Id']}</userId>{_user_info(call, user['Id'])}</result>"
    )
    return _answer("login", inner)


def _user_info(call: Call, user_id: str) -> str:
    user = call.state.rows["user"].get(user_id) or {}
    return (
        f'<userInfo><currencySymbol xsi:nil="true"/><organizationId>{call.state.org_id}</organizationId>'
        f"<organizationName>{escape(call.state.settings.name)}</organizationName>"
        f"<sessionSecondsValid>{call.state.settings.session_life_s}</sessionSecondsValid>"
        f"<userEmail>{escape(user.get('Email', ''))}</userEmail>"
        f"<userFullName>{escape(user.get('Name', ''))}</userFullName>"
        f"<userId>{user_id}</userId><userName>{escape(user.get('Username', ''))}</userName>"
        f"<userTimeZone>{user.get('TimeZoneSidKey', 'GMT')}</userTimeZone></userInfo>"
    )


def _get_user_info(call: Call, operation: ET.Element) -> str:
    return _user_info(call, call.author.user_id).replace("userInfo>", "result>")


def _logout(call: Call, operation: ET.Element) -> str:
    if call.session is not None:
        call.state.sessions.pop(call.session.token, None)
    return ""


def _timestamp(call: Call, operation: ET.Element) -> str:
    return f"<result><timestamp>{stamp(call.state.now_ms()).replace('+0000', 'Z')}</timestamp></result>"


def _errors(refusal: Refusal) -> str:
    fields = "".join(f"<fields>{escape(name)}</fields>" for name in refusal.fields)
    return (
        f"<errors>{fields}<message>{escape(refusal.message)}</message><statusCode>{refusal.code}</statusCode></errors>"
        "<success>false</success>"
    )


def _convert(call: Call, operation: ET.Element) -> str:
    results = []
    for wish in operation:
        lead_id = _text(wish, "leadId") or ""
        try:
            lead = found(call.state.table("Lead").get(lead_id))
            opportunity = None
            if (_text(wish, "doNotCreateOpportunity") or "false").lower() != "true":
                opportunity = _text(wish, "opportunityName") or lead["Company"]
            made = convert(
                call.state,
                lead,
                call.author,
                contact_id=to18(_text(wish, "contactId")),
                account_id=to18(_text(wish, "accountId")),
                opportunity_name=opportunity,
                status=_text(wish, "convertedStatus") or "",
                owner_id=to18(_text(wish, "ownerId")),
            )
        except Refusal as refusal:
            results.append(f"<result><leadId>{escape(lead_id)}</leadId>{_errors(refusal)}</result>")
            continue
        opportunity_id = made.get("Opportunity")
        last = (
            f"<opportunityId>{opportunity_id}</opportunityId>" if opportunity_id else '<opportunityId xsi:nil="true"/>'
        )
        results.append(
            f"<result><accountId>{made['Account']}</accountId><contactId>{made['Contact']}</contactId>"
            f"<leadId>{lead['Id']}</leadId>{last}<success>true</success></result>"
        )
    return "".join(results)


def _merge(call: Call, operation: ET.Element) -> str:
    results = []
    for wish in operation:
        master = next((child for child in wish if _name(child) == "masterRecord"), None)
        try:
            if master is None:
                raise bad_request("INVALID_OPERATION", "masterRecord is missing")
            master_id = to18(_text(master, "Id"))
            made = call.state.object_of(master_id) if master_id else None
            if made is None or master_id is None:
                raise bad_request("MALFORMED_ID", "masterRecord has no usable Id")
            winner = found(call.state.table(made.name).get(master_id))
            given = {_name(one): one.text for one in master if _name(one) not in ("type", "Id", "fieldsToNull")}
            values = accepted(call.state, made, given, call.author, creating=False)
            losers = [to18(text) or text for text in _texts(wish, "recordToMergeIds")]
            merge(call.state, made, winner, losers, call.author, values)
        except Refusal as refusal:
            results.append(f"<result>{_errors(refusal)}</result>")
            continue
        merged = "".join(f"<mergedRecordIds>{one}</mergedRecordIds>" for one in losers)
        results.append(f"<result><id>{winner['Id']}</id>{merged}<success>true</success></result>")
    return "".join(results)


def _by_id(call: Call, operation: ET.Element, work: Callable) -> str:
    results = []
    for text in _texts(operation, "ids") + _texts(operation, "ID"):
        record_id = to18(text)
        made = call.state.object_of(record_id) if record_id else None
        try:
            row = call.state.table(made.name).get(text) if made else None
            if made is None or row is None:
                raise bad_request("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            work(call.state, made, row, call.author)
        except Refusal as refusal:
            results.append(f"<result><id>{escape(text)}</id>{_errors(refusal)}</result>")
            continue
        results.append(f"<result><id>{record_id}</id><success>true</success></result>")
    return "".join(results)


def _delete_live(state, made, row, author) -> None:
    delete(state, made, found(row), author)


_OPERATIONS: Final[dict[str, Callable[[Call, ET.Element], str]]] = {
    "convertLead": _convert,
    "merge": _merge,
    "undelete": lambda call, operation: _by_id(call, operation, undelete),
    "delete": lambda call, operation: _by_id(call, operation, _delete_live),
    "getUserInfo": _get_user_info,
    "getServerTimestamp": _timestamp,
    "logout": _logout,
}

ROUTES = [
    Route("POST", "/services/Soap/u/{version}", service, open=True),
    Route("POST", "/services/Soap/u/{version}/{org}", service, open=True),
    Route("POST", "/services/Soap/c/{version}", service, open=True),
    Route("POST", "/services/Soap/c/{version}/{org}", service, open=True),
]
