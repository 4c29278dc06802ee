"""Pipelines and stages over the wire; records hold their ids, so what is in use is not deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.hubspot import fields
from sandbox.hubspot.api_objects import needs
from sandbox.hubspot.definitions import Option
from sandbox.hubspot.errors import PortalRefusal, bad_request
from sandbox.hubspot.object_types import find_type
from sandbox.hubspot.pipelines import Pipeline, Stage
from sandbox.hubspot.router import Call, Route
from sandbox.kernel import Response, json_response


def _all(call: Call) -> list[Pipeline]:
    plural = call.kind().plural
    found = call.state.pipelines.by_type.get(plural)
    if found is None:
        raise bad_request(f"Objects of type {call.kind().id} have no pipelines")
    return found


def _one(call: Call) -> tuple[Pipeline, int]:
    for order, pipeline in enumerate(_all(call)):
        if pipeline.id == call.args["pipeline"]:
            return pipeline, order
    raise PortalRefusal(404, f"Pipeline {call.args['pipeline']} does not exist", category="OBJECT_NOT_FOUND")


def _stage_of(call: Call) -> tuple[Pipeline, Stage, int]:
    pipeline, _ = _one(call)
    for order, stage in enumerate(pipeline.stages):
        if stage.id == call.args["stage"]:
            return pipeline, stage, order
    raise PortalRefusal(404, f"Stage {call.args['stage']} does not exist", category="OBJECT_NOT_FOUND")


def _label(body: Mapping[str, Any]) -> str:
    label = str(body.get("label") or "")
    if not label:
        raise bad_request("A label is required", fields=["label"])
    return label


def _new_stage(call: Call, body: Mapping[str, Any]) -> Stage:
    return Stage(_fresh_id(call), _label(body), _metadata(call, body, {}))


def _metadata(call: Call, body: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    """What is known with what is given; a deal is closed where its probability says so. Raises PortalRefusal 400."""
    metadata = {**known, **{str(name): str(value) for name, value in fields.mapping(body, "metadata").items()}}
    if call.kind().plural == "deals":
        try:
            share = float(metadata.get("probability", ""))
        except ValueError as error:
            raise bad_request("A deal stage needs metadata.probability", fields=["metadata"]) from error
        metadata["isClosed"] = str(share in (0.0, 1.0)).lower()
    return metadata


def _fresh_id(call: Call) -> str:
    return str(call.state.draws.bits("pipeline") % 10**9)


def _offered(call: Call) -> None:
    """Pipelines and stages are the options of the properties that name them."""
    plural, definitions = call.kind().plural, call.store().definitions
    names = ("pipeline", "dealstage") if plural == "deals" else ("hs_pipeline", "hs_pipeline_stage")
    pipelines = _all(call)
    definitions[names[0]].options = [Option(each.id, each.label) for each in pipelines]
    definitions[names[1]].options = [Option(stage.id, stage.label) for each in pipelines for stage in each.stages]
    for name in names:
        definitions[name].refresh()
    call.store().redefined()


def _list(call: Call) -> Response:
    return json_response(200, {"results": [each.wire(order) for order, each in enumerate(_all(call))]})


def _bare_list(call: Call) -> Response:
    """The array of the oldest version, which knows deals only."""
    found = call.state.pipelines.by_type["deals"]
    return json_response(200, [_older(each, order, _bare_stage) for order, each in enumerate(found)])


def _older_list(call: Call) -> Response:
    return json_response(200, {"results": [_older(each, order, _older_stage) for order, each in enumerate(_all(call))]})


def _older(pipeline: Pipeline, order: int, stage: Callable[[Stage, int], dict[str, Any]]) -> dict[str, Any]:
    """Ids under the names of version 1, which had `active` for what is not archived."""
    return {
        "pipelineId": pipeline.id,
        "label": pipeline.label,
        "active": True,
        "displayOrder": order,
        "stages": [stage(each, place) for place, each in enumerate(pipeline.stages)],
    }


def _older_stage(stage: Stage, order: int) -> dict[str, Any]:
    sent = {"stageId": stage.id, "label": stage.label, "active": True, "displayOrder": order}
    return {**sent, "metadata": stage.metadata}


def _bare_stage(stage: Stage, order: int) -> dict[str, Any]:
    share = float(stage.metadata["probability"])
    sent = {"stageId": stage.id, "label": stage.label, "active": True, "displayOrder": order}
    return {**sent, "probability": share, "closedWon": share == 1.0}


def _get(call: Call) -> Response:
    pipeline, order = _one(call)
    return json_response(200, pipeline.wire(order))


def _new_pipeline(call: Call, id: str) -> Pipeline:
    body = call.body()
    made = Pipeline(id, _label(body), [_new_stage(call, each) for each in fields.objects(body, "stages")])
    if not made.stages:
        raise bad_request("A pipeline needs stages", fields=["stages"])
    return made


def _create(call: Call) -> Response:
    known, made = _all(call), _new_pipeline(call, _fresh_id(call))
    known.append(made)
    _offered(call)
    return json_response(201, made.wire(len(known) - 1))


def _replace(call: Call) -> Response:
    """Label and stages anew; the old stages are gone, so a pipeline in use keeps them."""
    pipeline, order = _one(call)
    made = _new_pipeline(call, pipeline.id)
    _unused(call, pipeline)
    _all(call)[order] = made
    _offered(call)
    return json_response(200, made.wire(order))


def _unused(call: Call, pipeline: Pipeline) -> None:
    """Raises PortalRefusal 400 where a live record is in the pipeline."""
    name = "pipeline" if call.kind().plural == "deals" else "hs_pipeline"
    store = call.store()
    if any(store.records[number].values.get(name) == pipeline.id for number in store.live_ids):
        raise bad_request(f"Pipeline {pipeline.id} is in use")


def _update(call: Call) -> Response:
    pipeline, order = _one(call)
    pipeline.label = _label(call.body())
    _offered(call)
    return json_response(200, pipeline.wire(order))


def _delete(call: Call) -> Response:
    pipeline, _ = _one(call)
    _unused(call, pipeline)
    _all(call).remove(pipeline)
    _offered(call)
    return Response(204)


def _stages(call: Call) -> Response:
    pipeline, _ = _one(call)
    return json_response(200, {"results": [stage.wire(order) for order, stage in enumerate(pipeline.stages)]})


def _get_stage(call: Call) -> Response:
    _, stage, order = _stage_of(call)
    return json_response(200, stage.wire(order))


def _create_stage(call: Call) -> Response:
    pipeline, _ = _one(call)
    pipeline.stages.append(_new_stage(call, call.body()))
    _offered(call)
    return json_response(201, pipeline.stages[-1].wire(len(pipeline.stages) - 1))


def _update_stage(call: Call) -> Response:
    _, stage, order = _stage_of(call)
    body = call.body()
    stage.metadata = _metadata(call, body, stage.metadata)
    stage.label = str(body.get("label") or stage.label)
    _offered(call)
    return json_response(200, stage.wire(order))


def _replace_stage(call: Call) -> Response:
    pipeline, stage, order = _stage_of(call)
    made = _new_stage(call, call.body())
    made.id = stage.id
    pipeline.stages[order] = made
    _offered(call)
    return json_response(200, made.wire(order))


def _delete_stage(call: Call) -> Response:
    pipeline, stage, _ = _stage_of(call)
    pipeline.stages.remove(stage)
    _offered(call)
    return Response(204)


def _readable(call: Call) -> tuple[str, ...]:
    kind = find_type(call.args["type"])
    return (*needs("read")(call), *(() if kind is None else (f"crm.schemas.{kind.scope}.read",)))


_READ, _WRITE = _readable, needs("write")
_P, _S = "/crm/pipelines/{type}/{pipeline}", "/crm/pipelines/{type}/{pipeline}/stages/{stage}"
ROUTES = [
    Route("GET", "/crm/pipelines/{type}", _list, _READ),
    Route("POST", "/crm/pipelines/{type}", _create, _WRITE),
    Route("GET", _P, _get, _READ),
    Route("PATCH", _P, _update, _WRITE),
    Route("PUT", _P, _replace, _WRITE),
    Route("DELETE", _P, _delete, _WRITE),
    Route("GET", f"{_P}/stages", _stages, _READ),
    Route("POST", f"{_P}/stages", _create_stage, _WRITE),
    Route("GET", _S, _get_stage, _READ),
    Route("PATCH", _S, _update_stage, _WRITE),
    Route("PUT", _S, _replace_stage, _WRITE),
    Route("DELETE", _S, _delete_stage, _WRITE),
    Route("GET", "/deals/pipelines", _bare_list, ("crm.objects.deals.read",)),
    Route("GET", "/crm-pipelines/pipelines/{type}", _older_list, _READ),
]
