"""The routes of the service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib import resources
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from stance.actors import DEFAULT_ACTORS, names, resolve
from stance.errors import InputError, StanceError
from stance.folder import ModelFolder
from stance.question import Question
from stance.server import schemas
from stance.server.admission import STATEMENT_CHARACTERS, Admission, cost_of
from stance.server.gate import Gate
from stance.server.jobs import Judged, Opening
from stance.server.metrics import Metrics
from stance.server.pool import WorkerPool
from stance.server.problems import ProblemError, problem
from stance.server.settings import Settings
from stance.server.work import Progress, Work, encoded
from stance.text import LANGUAGES
from stance.types import Actor, Statement
from stance.version import __version__

Result = TypeVar("Result")
_STREAM = "application/x-ndjson"
_PAGE_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FIELDS = frozenset(
    name
    for model in (schemas.PredictRequest, schemas.ClassifyRequest, schemas.StatementInput, schemas.ActorInput)
    for name in model.model_fields
)
# Statements of a streamed document that are judged before its reader hears of them.
_STREAMED_AT_ONCE = 4
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}},
    }
    for status in (400, 401, 408, 413, 415, 422, 429, 500, 503, 504)
}
_STREAMED = {
    "content": {
        _STREAM: {
            "schema": {"type": "string", "description": "Lines of JSON: progress, found, judged, document or error."}
        }
    }
}


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of a running service."""

    settings: Settings
    folder: ModelFolder
    pool: WorkerPool
    admission: Admission
    metrics: Metrics


def create_service(settings: Settings) -> Service:
    """Put the parts together; ModelError where there is no such model. No process is started yet."""
    folder = ModelFolder.open(settings.model)
    folder.model(settings.precision)
    pool = WorkerPool(Opening(settings.model, settings.precision), size=settings.processes)
    admission = Admission(
        queue=settings.queue, wait=settings.wait, seconds=settings.seconds, processes=settings.processes
    )
    return Service(settings, folder, pool, admission, Metrics(pool, admission))


def create_app(settings: Settings, *, on_refusal: Callable[[str], None] = lambda _: None) -> FastAPI:
    """Return the service as an ASGI application; its workers live as long as its lifespan.

    ``on_refusal`` is called with the reason where no worker can open the model.
    """
    service = create_service(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            service.pool.start(on_refusal)
            yield
        finally:
            await service.pool.close()

    app: FastAPI = FastAPIOffline(
        title="stance",
        version=__version__,
        description="Statements of news with speakers, stances toward actors and sentiment.",
        lifespan=lifespan,
        redoc_url=None,
        # A redirect would be made of what the caller calls this host.
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    _handle_errors(app)
    _add_answers(app, service)
    _add_states(app, service)
    _add_page(app)
    app.add_middleware(Gate, settings=settings, metrics=service.metrics)
    return app


def _handle_errors(app: FastAPI) -> None:
    def answer(request: Request, error: ProblemError) -> JSONResponse:
        return problem(error, request.state.request_id)

    @app.exception_handler(ProblemError)
    async def told(request: Request, error: ProblemError) -> JSONResponse:
        return answer(request, error)

    @app.exception_handler(StanceError)
    async def refused(request: Request, error: StanceError) -> JSONResponse:
        return answer(request, ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)))

    @app.exception_handler(HTTPException)
    async def outside(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        details = {
            HTTPStatus.NOT_FOUND: "there is no such path; /docs lists those there are",
            HTTPStatus.METHOD_NOT_ALLOWED: "this path is asked with another method; see /docs",
            HTTPStatus.BAD_REQUEST: "the body is no JSON that can be read",
        }
        made = answer(request, ProblemError(status, details.get(status, str(error.detail))))
        made.headers.update(error.headers or {})
        return made

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()
        if any(one["type"] == "json_invalid" for one in found):
            return answer(request, ProblemError(HTTPStatus.BAD_REQUEST, "the body is no JSON that can be read"))
        lines = list(dict.fromkeys(_told(one) for one in found))
        more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
        return answer(request, ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(lines[:5]) + more))


def _told(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a body in words, at the place where it is, by the names that a caller knows."""
    place = [part for part in error["loc"][1:] if isinstance(part, int) or part in _FIELDS]
    if error["type"] == "extra_forbidden":
        place.append(error["loc"][-1])
    if not place and error["type"] != "value_error":
        return "send a JSON object with text or texts, or with statement or statements; /docs has the fields"
    words = error["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, place)) or 'body'}: {words}"[:300]


def _add_answers(app: FastAPI, service: Service) -> None:
    settings = service.settings

    @app.post(
        "/v1/predict",
        responses={**_PROBLEMS, 200: _STREAMED},
        response_model=schemas.DocumentAnswer | list[schemas.DocumentAnswer | schemas.FailedItem],
        tags=["answers"],
    )
    async def predict(body: schemas.PredictRequest, request: Request) -> Response:
        """Find the statements of a text and judge them: one document for `text`, a list of them for `texts`.

        With `Accept: application/x-ndjson` and one text the answer comes as lines of JSON while it is made.
        """
        question = _question(body)
        texts = body.all_texts
        _check_items(len(texts), settings)
        cost = cost_of(sum(len(text) for text in texts if len(text) <= settings.characters), question)
        if body.text is not None:
            _check_length(body.text, settings)
        work = _enter(request, service, cost)
        if body.text is not None:
            if _STREAM in request.headers.get("accept", ""):
                lines = _streamed(service, work, cost, body.text, question, request.state.end)
                return StreamingResponse(lines, media_type=_STREAM)
            answer = await _within(request, settings, work.document(body.text, question))
        else:
            answer = await _within(request, settings, _documents(settings, work, texts, question))
        _leave(service, work, cost)
        return _json(answer)

    @app.post(
        "/v1/classify",
        responses=_PROBLEMS,
        response_model=schemas.PredictionAnswer | list[schemas.PredictionAnswer],
        tags=["answers"],
    )
    async def classify(body: schemas.ClassifyRequest, request: Request) -> Response:
        """Judge statements at hand: one prediction for `statement`, a list of them for `statements`."""
        given = body.all_statements
        _check_items(len(given), settings)
        for one in given:
            _check_length("".join(part for part in (one.text, one.speaker, one.context) if part), settings)
        empty = [place for place, one in enumerate(given) if not one.text.strip()]
        if empty:
            raise InputError(f"the statements at {empty[:10]} are empty; leave them out")
        question = Question(_actors(body.actors), explain=body.explain)
        cost = cost_of(sum(len(one.text) + STATEMENT_CHARACTERS for one in given), question)
        work = _enter(request, service, cost)
        statements = [
            Statement.of_spans(one.text, [(0, len(one.text))], speaker=one.speaker, context=one.context)
            for one in given
        ]
        found = await _within(request, settings, work.statements(statements, question))
        _leave(service, work, cost)
        return _json(found[0] if body.statement is not None else b"[" + b", ".join(found) + b"]")


def _add_states(app: FastAPI, service: Service) -> None:
    settings = service.settings

    @app.get("/v1/model", responses={401: _PROBLEMS[401]}, tags=["states"])
    async def model() -> schemas.ModelAnswer:
        """The model that answers, and what a request may be."""
        return schemas.ModelAnswer(
            name=service.folder.path.name,
            version=__version__,
            precision=settings.precision,
            languages=list(LANGUAGES),
            actors=list(names()),
            default_actors=list(DEFAULT_ACTORS),
            limits=schemas.Limits(
                body_bytes=settings.body_bytes,
                items=settings.items,
                characters=settings.characters,
                seconds=settings.seconds,
            ),
        )

    @app.head("/health", include_in_schema=False)
    @app.get("/health", tags=["states"])
    async def health() -> schemas.StatusAnswer:
        """Whether the service lives."""
        return schemas.StatusAnswer(status="ok", workers=service.pool.ready)

    @app.head("/ready", include_in_schema=False)
    @app.get("/ready", responses={503: {"model": schemas.StatusAnswer}}, tags=["states"])
    async def ready(response: Response) -> schemas.StatusAnswer:
        """Whether a worker can take a request now; 503 where none can."""
        workers = service.pool.ready
        if not workers:
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return schemas.StatusAnswer(status="ok" if workers else "starting", workers=workers)

    @app.get("/metrics", response_class=Response, tags=["states"])
    async def metrics() -> Response:
        """Counts and times for Prometheus."""
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_page(app: FastAPI) -> None:
    files = {
        entry.name: (entry.read_bytes(), _PAGE_TYPES[suffix])
        for entry in (resources.files("stance.server") / "page").iterdir()
        if (suffix := "." + entry.name.rpartition(".")[2]) in _PAGE_TYPES
    }

    @app.head("/", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        content, media_type = files["index.html"]
        return Response(content, media_type=media_type)

    @app.get("/page/{name}", include_in_schema=False)
    async def part(name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        content, media_type = files[name]
        return Response(content, media_type=media_type)


def _question(body: schemas.PredictRequest) -> Question:
    """Return what is asked; StanceError where an actor, a language or a kind cannot be used."""
    return Question.of(
        actors=_actors(body.actors),
        language=body.language,
        kinds=body.kinds,
        mode=body.mode,
        only_named=body.only_named,
        explain=body.explain,
    )


def _actors(given: Sequence[str | schemas.ActorInput] | None) -> tuple[Actor, ...]:
    if given is None:
        return resolve(None)
    count = sum(len(some) for one in given if not isinstance(one, str) for some in one.aliases.values())
    if count > schemas.MOST_NAMES:
        raise InputError(f"the actors have {count} aliases; a request has at most {schemas.MOST_NAMES}")
    return resolve([one if isinstance(one, str) else Actor(one.name, one.aliases, one.wording) for one in given])


def _check_items(count: int, settings: Settings) -> None:
    if count > settings.items:
        raise ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"a request has at most {settings.items} items, not {count}; send them in several requests",
        )


def _check_length(text: str, settings: Settings) -> None:
    if len(text) > settings.characters:
        raise ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"a text has at most {settings.characters} characters, not {len(text)}; send its parts one by one",
        )


def _enter(request: Request, service: Service, cost: float) -> Work:
    """Take a place for a request until its answer is complete; ProblemError 429 where there is none."""
    stack: ExitStack = request.state.stack
    stack.enter_context(service.admission.admit(cost))
    return Work(service.pool, request=request.state.request_id)


def _leave(service: Service, work: Work, cost: float) -> None:
    """Take note of what a request took that was answered in full."""
    service.admission.measured(cost, work.busy_seconds)
    service.metrics.statements.inc(work.judged)


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")


async def _within(request: Request, settings: Settings, work: Awaitable[Result]) -> Result:
    """Return what work gives; ProblemError 504 where it takes longer than a request may."""
    try:
        async with asyncio.timeout_at(request.state.end):
            return await work
    except TimeoutError:
        raise _overdue(settings) from None


def _overdue(settings: Settings) -> ProblemError:
    return ProblemError(
        HTTPStatus.GATEWAY_TIMEOUT,
        f"this took longer than {settings.seconds:g} s; send less at a time, or ask for less with mode or only_named",
    )


async def _documents(settings: Settings, work: Work, texts: Sequence[str], question: Question) -> bytes:
    """Return the JSON list of several documents; one that fails does so alone."""

    async def one(text: str) -> bytes:
        try:
            _check_length(text, settings)
            return await work.document(text, question)
        except ProblemError as error:
            return json.dumps({"error": error.to_dict()}).encode("ascii")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(text)) for text in texts]
    return b"[" + b", ".join(task.result() for task in tasks) + b"]"


async def _streamed(
    service: Service, work: Work, cost: float, text: str, question: Question, end: float
) -> AsyncIterator[bytes]:
    """Yield the lines of a streamed document; what goes wrong after the first is its last line."""
    events = work.events(text, question, at_once=_STREAMED_AT_ONCE)
    try:
        while True:
            async with asyncio.timeout_at(end):
                event = await anext(events)
            if isinstance(event, Judged):
                _leave(service, work, cost)
                yield b'{"event": "document", "document": ' + encoded(event) + b"}\n"
                return
            for line in _progress(event):
                yield line
    except TimeoutError:
        yield _line({"event": "error", "problem": _overdue(service.settings).to_dict()})
    except ProblemError as error:
        yield _line({"event": "error", "problem": error.to_dict()})
    finally:
        await events.aclose()


def _progress(event: Progress) -> list[bytes]:
    if event.searching:
        return [_line({"event": "progress", "stage": "find", "done": event.done, "total": event.total})]
    lines = []
    if event.found is not None:
        statements = [statement.to_dict() for statement in event.found.statements]
        lines.append(_line({"event": "found", "language": event.found.language, "statements": statements}))
    if event.predictions:
        head = b'{"event": "judged", "first": %d, "statements": [' % event.first
        lines.append(head + b", ".join(event.predictions) + b"]}\n")
    lines.append(_line({"event": "progress", "stage": "judge", "done": event.done, "total": event.total}))
    return lines


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"
