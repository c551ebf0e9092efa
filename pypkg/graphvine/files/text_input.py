"""Chunks of bytes to text: strict UTF-8, with the place of the first wrong byte."""

from __future__ import annotations

import codecs

from graphvine.errors import FileError


class TextInput:
    """Decodes a file. offset: bytes taken in so far."""

    def __init__(self) -> None:
        self.offset = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._is_first = True
        self._pending = 0

    def feed(self, data: bytes) -> str:
        """Return the text that is complete with this chunk; a byte order mark at the start is left out."""
        try:
            text = self._decoder.decode(data)
        except UnicodeDecodeError as error:
            raise self._wrong(error.start) from None
        self.offset += len(data)
        self._pending = len(self._decoder.getstate()[0])
        if self._is_first and text:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        return text

    def finish(self) -> None:
        """The file ends here. Raises FileError when it ends inside a character."""
        if self._pending:
            raise FileError("The file is cut off: it ends inside a character.", offset=self.offset)

    def _wrong(self, start: int) -> FileError:
        at = max(0, self.offset - self._pending + start)
        if at == 0:
            return FileError("This file is no UTF-8 text: its first byte is already wrong. Save it as UTF-8.", line=1)
        return FileError("This file is no UTF-8 text from here on. Save it as UTF-8.", offset=at)
