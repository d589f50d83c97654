"""How a language model is asked to read posts, once: what [model.llm] of the configuration and the scorer are made from."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from emtract.sources import Section

#: Environment: address of the server where [model.llm] names none, and folder of the answers in place of the usual one.
URL_VARIABLE: Final = "EMTRACT_LLM_URL"
CACHE_VARIABLE: Final = "EMTRACT_LLM_CACHE"

#: How the task is put: as it is, or with a sentence that is meant to move the model.
PromptVariant = Literal["plain", "emotional", "negative"]
#: What the server is asked for: JSON of a schema, any JSON, or nothing, where it has no `response_format`.
JsonMode = Literal["schema", "object", "none"]

_Count = Annotated[int, msgspec.Meta(ge=1)]
_Price = Annotated[float, msgspec.Meta(ge=0)]


class LlmSettings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[model.llm]: how models named `llm:NAME` are asked; only what may change an answer is part of the revision.

    Parameters
    ----------
    url
        Address of an OpenAI-compatible server, such as `http://localhost:8080/v1`; None takes the address in the variable
        `EMTRACT_LLM_URL`.
    key_variable
        Environment variable that holds the server's key, if it wants one. The key itself stands in no file.
    prompt
        `plain`; `emotional` adds a sentence of EmotionPrompt (Li et al. 2023), `negative` one in the manner of NegativePrompt
        (Wang et al. 2024).
    hint
        A scorer of this machine, such as `default`, whose reading is shown to the model as a hint; None shows none.
    temperature, seed, max_tokens
        As the server takes them: 0 is the likeliest answer; a model that thinks aloud needs more tokens.
    json
        What the server is asked for: JSON of a `schema`, any JSON (`object`), or nothing (`none`). The answer is held to the
        schema in any case.
    parallel
        Requests at a time; each holds one post, so that no post changes how another is read.
    timeout
        Seconds that one answer may take.
    retries
        How often a request is repeated when the server is busy or fails.
    price_in, price_out
        Price of a million tokens asked and answered, in any currency; None where it costs nothing or is not known.
    budget
        Price at which a run stops; None for no limit.
    """

    url: str | None = None
    key_variable: str = "EMTRACT_LLM_KEY"
    prompt: PromptVariant = "plain"
    hint: str | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.0
    seed: int = 0
    max_tokens: _Count = 300
    json: JsonMode = "schema"
    parallel: Annotated[int, msgspec.Meta(ge=1, le=256)] = 4
    timeout: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    retries: Annotated[int, msgspec.Meta(ge=0, le=20)] = 5
    price_in: _Price | None = None
    price_out: _Price | None = None
    budget: _Price | None = None
