"""One file out of a multipart form, passed on as it arrives: neither memory nor disk holds it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from backline.jukebox.domain.uploads import MalformedUpload

_MOST_BESIDE = 64 * 1024
_SEND_A_FORM = (
    "Send the file as multipart/form-data with one part named “file”, as a browser's form does."
)


class FileOfForm:
    """Takes the body of a `multipart/form-data` request piece by piece.

    Args:
        content_type: The request's header.

    Attributes:
        file_name: As the client calls the file; known once its first bytes are.

    Raises:
        MalformedUpload: It is no form, or has no boundary.
    """

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise MalformedUpload(_SEND_A_FORM)
        self.file_name = ""
        self._found = False
        self._complete = False
        self._in_file = False
        self._beside = 0
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._pieces: list[bytes] = []
        callbacks: dict[str, Callable[..., Any]] = {
            "on_part_begin": self._begin_part,
            "on_part_data": self._take_data,
            "on_header_field": self._take_header_name,
            "on_header_value": self._take_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    async def pieces(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The bytes of the file in `body`, in pieces of the size in which they arrive.

        Raises:
            MalformedUpload: The body is not a form with exactly one file, or is cut off.
        """
        async for chunk in body:
            try:
                self._parser.write(chunk)
            except MultipartParseError as error:
                raise MalformedUpload(f"The form cannot be read. {_SEND_A_FORM}") from error
            pieces, self._pieces = self._pieces, []
            self._beside += len(chunk) - sum(map(len, pieces))
            if self._beside > _MOST_BESIDE:
                raise MalformedUpload(f"The form holds much that is no file. {_SEND_A_FORM}")
            for piece in pieces:
                yield piece
            if self._complete:
                break  # whatever else comes is not part of the form
        if not self._found:
            raise MalformedUpload(f"The form has no file in it. {_SEND_A_FORM}")
        if not self._complete:
            raise MalformedUpload("The upload stopped before its end. Send it again.")

    def _begin_part(self) -> None:
        self._headers, self._in_file = {}, False

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if options.get(b"name") != b"file":
            return
        if self._found:
            raise MalformedUpload("Upload one file at a time.")
        self._found = self._in_file = True
        self.file_name = options.get(b"filename", b"").decode("utf-8", errors="replace")

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._pieces.append(data[start:end])

    def _end(self) -> None:
        self._complete = True
