"""JSON of any length, item by item: the members of the outermost object or the elements of the outermost array.

A decoder that recurses must not see what a stranger has nested: here depth and size of each item are checked before it
is decoded. Only one item is in memory at a time. A small one is decoded at once; of a large one each piece of the file
adds its members, and to a long text its characters, so that no piece takes longer because of what came before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from graphvine.errors import FileError
from graphvine.files.records import MAX_ITEM_BYTES, MAX_TEXT_CHARACTERS, WIDE_CHARACTERS, cut_off
from graphvine.files.text_input import TextInput
from graphvine.limits import MAX_DEPTH

_SPACE = re.compile(r"[ \t\r\n]*")
_TEXT = r'"(?>[^"\\]+|\\.)*+"'
# Everything up to and with the next bracket, over whole strings: never backtracks.
_BRACKET = re.compile(rf'(?>[^"{{}}\[\]]+|{_TEXT})*+([{{}}\[\]])', re.DOTALL)
_STRING = re.compile(_TEXT, re.DOTALL)
_SCALAR = re.compile(r'[^\s,\]}\[{":]++')
# Complete members or elements in a row that hold at most a flat object or array, each with the comma behind it.
_VALUE = rf'(?:{_TEXT}|[{{\[](?>[^"{{}}\[\]]+|{_TEXT})*+[}}\]]|[^\s,\]}}\[{{":]++)[ \t\r\n]*+,[ \t\r\n]*+'
_ELEMENTS = re.compile(rf"(?:{_VALUE})++", re.DOTALL)
_MEMBERS = re.compile(rf"(?:{_TEXT}[ \t\r\n]*+:[ \t\r\n]*+{_VALUE})++", re.DOTALL)
# What of a long text can be decoded on its own: no half of an escape, nor of a pair of them.
_TEXT_PART = re.compile(
    r'(?>[^"\\]+|\\[^u]|\\u(?![dD][89abAB])[^"\\]{4}|\\u[dD][89abAB][^"\\]{2}\\u[^"\\]{4})*+', re.DOTALL
)
_LONGEST_ESCAPE = 12
# How much more text must be there before an item that was not complete is looked at again: so the time stays linear.
_GROWTH = 1.5


class Item(NamedTuple):
    """One member or element. within: the key of the inner array it stands in, or ''. key: '' in an array."""

    within: str
    key: str
    value: Any
    line: int


class _Container(NamedTuple):
    """A large object or array being read. key: what it will be called in the one around it, or in the item."""

    value: Any
    key: str
    line: int


class JsonItems:
    """Cuts one JSON text into items. enters: keys of the outermost object whose array is cut up as well."""

    def __init__(self, enters: frozenset[str] = frozenset()) -> None:
        self._enters = enters
        self._input = TextInput()
        self._parts: list[str] = []
        self._size = self._wanted = 0
        self._text = ""
        self._at = 0
        self._line = 1
        self._stack: list[str] = []
        self._open: list[_Container] = []
        self._long: list[str] | None = None
        self._long_size = self._open_size = 0
        self._expects = "value"
        self._key = self._within = ""

    def feed(self, data: bytes) -> Iterator[Item]:
        """Yield the items that are complete with this chunk. Raises FileError."""
        text = self._input.feed(data)
        self._parts.append(text)
        self._size += len(text)
        if self._size < self._wanted:
            return
        self._text, self._at = "".join([self._text[self._at :], *self._parts]), 0
        self._parts.clear()
        yield from self._items(is_end=False)
        self._check_size(len(text))
        left = len(self._text) - self._at
        self._size, self._wanted = left, int(left * _GROWTH)

    def finish(self) -> Iterator[Item]:
        """The text ends here. Raises FileError when it was cut off."""
        self._input.finish()
        self._text, self._at = "".join([self._text[self._at :], *self._parts]), 0
        yield from self._items(is_end=True)
        self._skip_space()
        if self._expects != "end" or self._at < len(self._text):
            raise cut_off("JSON", self._line)

    def _check_size(self, more: int) -> None:
        self._open_size = self._open_size + more if self._open else 0
        if self._open_size > MAX_ITEM_BYTES:
            raise self._wrong(f"an item of more than {MAX_ITEM_BYTES:,} characters")
        if len(self._text) - self._at > 4 * WIDE_CHARACTERS:  # all else was taken in
            raise self._wrong(f"a name or a number of more than {4 * WIDE_CHARACTERS:,} characters")

    def _items(self, *, is_end: bool) -> Iterator[Item]:
        while True:
            if self._long is None:
                self._skip_space()
            if self._at >= len(self._text):
                return
            if self._expects == "end":
                raise self._wrong("something behind the end")
            before = self._at, self._expects
            item = self._step(self._text[self._at], is_end)
            if item is not None:
                yield item
            elif (self._at, self._expects) == before:
                return

    def _skip_space(self) -> None:
        found = _SPACE.match(self._text, self._at)
        if found is not None and found.end() > self._at:
            self._move(found.end())

    def _move(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _step(self, mark: str, is_end: bool) -> Item | None:
        """Take one bracket, key or value. Changes nothing when the rest of it is still to come."""
        if self._long is not None:
            return self._take_text(self._long)
        if mark in "]}" and self._stack and self._expects in ("first", "comma"):
            return self._close(mark)
        if self._expects == "comma":
            self._take(mark, ",", "key" if self._stack[-1] == "{" else "value")
        elif self._expects == "colon":
            self._take(mark, ":", "value")
        elif self._open and self._take_run():
            pass
        elif self._expects == "key" or (self._expects == "first" and self._stack[-1] == "{"):
            self._take_key(mark)
        elif mark in "[{" and self._is_entered(mark):
            self._within = self._key if self._stack else ""
            self._enter(mark)
        else:
            return self._take_value(mark, is_end)
        return None

    def _is_entered(self, mark: str) -> bool:
        if not self._stack:
            return True
        return len(self._stack) == 1 and self._stack[0] == "{" and mark == "[" and self._key in self._enters

    def _enter(self, mark: str) -> None:
        self._stack.append(mark)
        self._expects = "first"
        self._move(self._at + 1)

    def _close(self, mark: str) -> Item | None:
        if {"[": "]", "{": "}"}[self._stack.pop()] != mark:
            raise self._wrong(f"a {mark} that closes nothing")
        self._move(self._at + 1)
        if self._open:
            value, self._key, line = self._open.pop()
            return self._done(value, line)
        self._within = ""
        self._expects = "comma" if self._stack else "end"
        return None

    def _take(self, mark: str, wanted: str, then: str) -> None:
        if mark != wanted:
            raise self._wrong(f"{mark!r} where {wanted!r} should be")
        self._expects = then
        self._move(self._at + 1)

    def _take_key(self, mark: str) -> None:
        if mark != '"':
            raise self._wrong(f"{mark!r} where a name in quotes should be")
        found = _STRING.match(self._text, self._at)
        if found is not None:
            self._key = self._decode(found.group())
            self._expects = "colon"
            self._move(found.end())

    def _take_value(self, mark: str, is_end: bool) -> Item | None:
        end = self._end_of_value(mark, is_end)
        if end < 0:
            if len(self._text) - self._at >= WIDE_CHARACTERS:
                self._begin_large(mark)
            return None
        line = self._line
        value = self._decode(self._text[self._at : end])
        self._move(end)
        return self._done(value, line)

    def _done(self, value: Any, line: int) -> Item | None:
        """A value is complete: the item, or a part of one."""
        self._expects = "comma" if self._stack else "end"
        if not self._open:
            return Item(self._within, self._key if self._stack and self._stack[-1] == "{" else "", value, line)
        container = self._open[-1].value
        if isinstance(container, dict):
            container[self._key] = value
        else:
            container.append(value)
        return None

    def _end_of_value(self, mark: str, is_end: bool) -> int:
        """Return where the value that begins here ends, or -1 when it is not complete."""
        if mark == '"':
            found = _STRING.match(self._text, self._at)
            return -1 if found is None else found.end()
        if mark in "[{":
            return self._end_of_brackets()
        found = _SCALAR.match(self._text, self._at)
        if found is None:
            raise self._wrong(f"{mark!r} where a value should be")
        return found.end() if is_end or found.end() < len(self._text) else -1

    def _end_of_brackets(self) -> int:
        depth, at = 0, self._at
        while True:
            found = _BRACKET.match(self._text, at)
            if found is None:
                return -1
            at = found.end()
            depth += 1 if found[1] in "[{" else -1
            self._check_depth(depth)
            if depth == 0:
                return at

    def _check_depth(self, more: int) -> None:
        if len(self._open) + more > MAX_DEPTH:
            raise self._wrong(f"nesting of more than {MAX_DEPTH} levels")

    # -- what is large ------------------------------------------------------------------------------------------------

    def _begin_large(self, mark: str) -> None:
        """Take a value as it comes: it is not complete, and too much already to look at it again."""
        if mark == '"':
            self._long, self._long_size = [], 0
            self._move(self._at + 1)
        elif mark in "[{":
            self._check_depth(1)
            self._open.append(_Container({} if mark == "{" else [], self._key, self._line))
            self._enter(mark)

    def _take_run(self) -> bool:
        """Take in all members or elements of the open container that are complete, up to the first large one."""
        container = self._open[-1].value
        is_object = isinstance(container, dict)
        if self._expects not in ("first", "key" if is_object else "value"):
            return False
        found = (_MEMBERS if is_object else _ELEMENTS).match(self._text, self._at)
        if found is None:
            return False
        inside = found.group().rstrip(" \t\r\n")[:-1]
        if is_object:
            container.update(self._decode("{" + inside + "}"))
        else:
            container.extend(self._decode("[" + inside + "]"))
        self._expects = "key" if is_object else "value"
        self._move(found.end())
        return True

    def _take_text(self, parts: list[str]) -> Item | None:
        """Take in what is there of a long text."""
        found = _TEXT_PART.match(self._text, self._at)
        if found is not None and found.end() > self._at:
            parts.append(self._decode(f'"{found.group()}"'))
            self._long_size += len(parts[-1])
            if self._long_size > MAX_TEXT_CHARACTERS:
                raise self._wrong(f"a text of more than {MAX_TEXT_CHARACTERS:,} characters")
            self._move(found.end())
        if self._text.startswith('"', self._at):
            self._long = None
            self._move(self._at + 1)
            return self._done("".join(parts), self._line)
        if len(self._text) - self._at >= _LONGEST_ESCAPE:
            raise self._wrong("an escape that stands for no character")
        return None

    def _decode(self, text: str) -> Any:
        try:
            return msgspec.json.decode(text)
        except (msgspec.MsgspecError, ValueError) as error:
            raise self._wrong(str(error)) from None

    def _wrong(self, what: str) -> FileError:
        return FileError(f"This is no JSON that Graphvine can read: {what}.", line=self._line)
