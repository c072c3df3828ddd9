"""The `files.*` methods of the local stand-in for Slack: upload in three steps, info and deletion.

Sources: https://docs.slack.dev/messaging/working-with-files and the page of each method. Slack does not say what
completing the same upload twice does; here it is refused, so that nothing can be shown twice unseen.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable

from sandbox.slack.events import Payloads
from sandbox.slack.mentions import mentions_in_text
from sandbox.slack.methods import Method, MethodContext
from sandbox.slack.methods.chat import removal_event
from sandbox.slack.wire import Arguments, Json, RefusedError
from sandbox.slack.workspace import Channel, File, Message, Upload

LARGEST = 1024**3
"""Bytes: https://slack.com/help/articles/201330736-Add-files-to-Slack."""


class FileMethods:
    """Announces, completes, reads and deletes files. Content is transferred by separate URLs."""

    def __init__(self, context: MethodContext, payloads: Payloads, base_url: Callable[[], str]) -> None:
        self._context = context
        self._access = context.access
        self._workspace = context.workspace
        self._payloads = payloads
        self._base_url = base_url

    def table(self) -> dict[str, Method]:
        return {
            "files.getUploadURLExternal": Method(run=self.announce, scopes=("files:write",)),
            "files.completeUploadExternal": Method(run=self.complete, scopes=("files:write",)),
            "files.info": Method(run=self.info, scopes=("files:read",)),
            "files.delete": Method(run=self.delete, scopes=("files:write",)),
        }

    def announce(self, args: Arguments) -> Json:
        name = args.required("filename")
        length = args.number("length", default=0, highest=LARGEST + 1)
        if length > LARGEST:
            raise RefusedError("file_upload_size_restricted")
        upload = Upload(id=self._workspace.next_id("F"), name=name, length=length)
        self._workspace.uploads[upload.id] = upload
        return {"ok": True, "upload_url": f"{self._base_url()}/upload/v1/{upload.id}", "file_id": upload.id}

    def complete(self, args: Arguments) -> Json:
        """Completes uploads; checks all of them before it posts any."""
        uploads = [self._upload(entry) for entry in args.structure("files", error="invalid_arguments") or ()]
        if not uploads:
            raise RefusedError("invalid_arguments", ["missing required field: files"])
        channel = self._access.writable(args.text("channel_id")) if args.text("channel_id") else None
        thread_ts = args.text("thread_ts")
        root = self._access.thread(channel, thread_ts) if channel and thread_ts else None
        files = [self._complete(upload) for upload in uploads]
        if channel is not None:
            self._show(channel, root, files, args.text("initial_comment"))
        return {"ok": True, "files": [{"id": file.id, "title": file.name} for file in files]}

    def _upload(self, entry: Json) -> Upload:
        upload = self._workspace.uploads.get(str(entry.get("id")))
        if upload is None or upload.content is None:
            raise RefusedError("file_not_found")
        return upload

    def _complete(self, upload: Upload) -> File:
        mimetype, _ = mimetypes.guess_type(upload.name)
        file = File(name=upload.name, content=upload.content or b"", mimetype=mimetype or "text/plain", id=upload.id)
        del self._workspace.uploads[upload.id]
        self._workspace.files[file.id] = file
        return file

    def _show(self, channel: Channel, root: str | None, files: list[File], comment: str) -> None:
        message = self._workspace.post(
            Message(
                channel=channel.id,
                user=self._workspace.bot_user.id,
                bot_id=self._workspace.bot_id,
                thread_ts=root,
                subtype="file_share",
                text=comment,
                files=tuple(files),
                mentions=mentions_in_text(comment),
            )
        )
        self._context.emit(self._payloads.message(message))

    def info(self, args: Arguments) -> Json:
        file = self._file(args)
        shown_by = self._workspace.shares_of(file.id)
        return {"ok": True, "file": self._context.renderer.file_with_shares(file, shown_by)}

    def delete(self, args: Arguments) -> Json:
        """Deletes a file that the app uploaded itself, and messages that showed nothing else."""
        file = self._file(args)
        if any(message.bot_id != self._workspace.bot_id for message in self._workspace.shares_of(file.id)):
            raise RefusedError("cant_delete_file")
        for message in self._workspace.remove_file(file.id):
            if not message.text and not message.files:
                self._context.emit(removal_event(self._context, self._payloads, message))
        return {"ok": True}

    def _file(self, args: Arguments) -> File:
        file = self._workspace.files.get(args.required("file"))
        if file is None:
            raise RefusedError("file_not_found")
        return file
