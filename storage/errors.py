"""Explains in one sentence why a database cannot be used and how to fix it, without its address and password."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError


def explain_sqlite_error(path: Path, error: DBAPIError) -> str:
    """Returns why the file at `path` cannot be used, judged by SQLite's error code."""
    code = str(getattr(error.orig, "sqlite_errorname", ""))
    if code.startswith("SQLITE_READONLY"):
        return f"{path} is read-only: let this user write the file and its folder, or fix DATABASE_URL."
    if code.startswith("SQLITE_CANTOPEN") or path.is_dir():
        return (
            f"{path} cannot be opened: it must be a file that this user can read and write, in a folder where it can "
            "make others; or fix DATABASE_URL."
        )
    if code.startswith("SQLITE_BUSY"):
        return f"{path} is being written by another program: stop that first."
    if code == "SQLITE_NOTADB":
        return f"{path} cannot be used as a database: it is not a database; name another file in DATABASE_URL."
    return f"{path} cannot be used as a database: {error.orig}."


def explain_postgres_error(error: BaseException) -> str:
    """Returns why the server or its database cannot be used, judged by the SQLSTATE or the driver's message."""
    cause = (error.orig if isinstance(error, DBAPIError) else error.__cause__) or error
    text, state = str(cause), str(getattr(cause, "sqlstate", "") or "")
    if "password" in text or "authentication" in text or 'role "' in text:
        return "PostgreSQL refuses the user or the password: fix DATABASE_URL."
    if state == "42501" or "permission denied" in text:
        return _missing_privilege(text)
    if state == "3D000" or ('database "' in text and "does not exist" in text):
        return "PostgreSQL has no database of that name: create it, or fix DATABASE_URL."
    if isinstance(error, OperationalError | InterfaceError) or not isinstance(error, DBAPIError):
        return "PostgreSQL cannot be reached: is it running, and is the host and port in DATABASE_URL right?"
    return f"PostgreSQL cannot be used: {type(cause).__name__}."


def _missing_privilege(text: str) -> str:
    if "permission denied for database" in text:
        return "PostgreSQL does not let this user connect: grant it CONNECT on the database, or fix DATABASE_URL."
    if "for table" in text:
        return (
            "PostgreSQL does not let this user use the desk's tables: grant it SELECT, INSERT, UPDATE and DELETE on "
            "them, or name their owner in DATABASE_URL."
        )
    return (
        "PostgreSQL does not let this user create tables: grant it CREATE on the schema, "
        "or let its owner run `uppzy-desk migrate`."
    )
