"""Base of the settings and of the ticket systems' settings: environment variables as one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasGenerator, BaseModel, ConfigDict, SecretStr
from pydantic_core import ErrorDetails

TOKENS = {
    "xoxb-": "the bot token (it belongs into SLACK_BOT_TOKEN)",
    "xapp-": "the app-level token (it belongs into SLACK_APP_TOKEN)",
    "xoxp-": "a user token (the desk needs none)",
    "xoxe.": "a rotating token (switch token rotation off in the app's settings)",
}


class Variables(BaseModel):
    """A model whose fields are the environment variables of the same name in capitals. Secrets are masked in `repr`.

    A field's description completes the sentences "... is not set: it is ..." and "... must be ...".
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        alias_generator=AliasGenerator(validation_alias=str.upper),
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """All secrets, including those of nested variables."""
        held = [getattr(self, name) for name in type(self).model_fields]
        nested = [secret for value in held if isinstance(value, Variables) for secret in value.secrets]
        return (*(value.get_secret_value() for value in held if isinstance(value, SecretStr)), *nested)


def names_of(model: type[Variables]) -> tuple[str, ...]:
    """Returns the names of a model's environment variables, in order."""
    return tuple(name.upper() for name in model.model_fields)


def shown(value: str) -> str:
    """Returns the value as an error may repeat it; one that could be a misplaced secret is left out."""
    return "what it holds" if value.startswith(tuple(TOKENS)) or len(value) > 80 or "@" in value else repr(value)


def sentence(details: ErrorDetails, values: Mapping[str, str], model: type[Variables]) -> str:
    """Describes a validation error of one variable, with the fix."""
    name = str(details["loc"][0]).upper()
    described = model.model_fields[name.lower()].description
    if details["type"] == "missing":
        return f"{name} is not set: it is {described}."
    if details["type"] == "value_error":
        return f"{name} {details['msg'].removeprefix('Value error, ')}."
    return f"{name} must be {described}, not {shown(values[name])}."


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(f"must be a web address such as https://example.com/api, not {shown(value)}")
    return value.rstrip("/")


def lower(value: object) -> object:
    """Returns the value in lower case, for variables whose case does not matter."""
    return value.lower() if isinstance(value, str) else value


def matching(pattern_holds: Callable[[str], object], described: str) -> AfterValidator:
    """Returns a validator; `described` completes "... must be ..."."""

    def check(value: str) -> str:
        if not pattern_holds(value):
            raise ValueError(f"must be {described}, not {shown(value)}")
        return value

    return AfterValidator(check)


WebAddress = Annotated[str, AfterValidator(_web_address)]
BaseAddress = Annotated[WebAddress, AfterValidator(lambda value: f"{value}/")]
