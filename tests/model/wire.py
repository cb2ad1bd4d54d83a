"""Redis over a Unix socket, the scripts, and the packing of their arguments.

Deliberately small: what is checked must not depend on a client library.  The
packing follows the head of enqueue.lua; neither the encoder of the core nor
that of t/lib is used.
"""

import hashlib
import os
import re
import socket
import struct

SCRIPTS = os.path.join(os.path.dirname(__file__), '..', '..',
                       'ngx_socialcare_module', 'queue', 'scripts')

CLOCKS = {'none': 0, 'question': 1, 'answer': 2, 'close': 3, 'auto': 4,
          'withdrawal': 5}
PUSHES = {'none': 0, 'stream': 1, 'list': 2, 'dead': 3}


class Failure(Exception):
    """An error reply."""


class Redis:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile('rb')

    @staticmethod
    def encode(arguments):
        out = [b'*%d\r\n' % len(arguments)]
        for argument in arguments:
            if not isinstance(argument, bytes):
                argument = str(argument).encode()
            out.append(b'$%d\r\n%b\r\n' % (len(argument), argument))
        return b''.join(out)

    def reply(self):
        line = self.file.readline()
        if not line:
            raise EOFError('the server is gone')
        kind, rest = line[:1], line[1:-2]
        if kind == b'+':
            return rest.decode()
        if kind == b':':
            return int(rest)
        if kind == b'-':
            return Failure(rest.decode())
        if kind == b'$':
            size = int(rest)
            if size < 0:
                return None
            return self.file.read(size + 2)[:-2].decode('utf-8', 'replace')
        return [self.reply() for _ in range(int(rest))]

    def many(self, commands):
        """Replies of several commands sent at once."""
        replies = []
        for at in range(0, len(commands), 500):
            some = commands[at:at + 500]
            self.socket.sendall(b''.join(map(self.encode, some)))
            replies += [self.reply() for _ in some]
        for reply in replies:
            if isinstance(reply, Failure):
                raise reply
        return replies

    def call(self, *arguments):
        return self.many([arguments])[0]


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2]))


class Script:
    """As nginx sends it; `changes` puts other text in place of some."""

    def __init__(self, redis, name, changes=()):
        with open(os.path.join(SCRIPTS, name + '.lua'),
                  encoding='utf-8') as file:
            source = file.read()
        source = re.sub(r'^\s*--.*\n', '', source, flags=re.M)
        for old, new in changes:
            if source.count(old) != 1:
                raise ValueError('%s: "%s" is there %d times'
                                 % (name, old, source.count(old)))
            source = source.replace(old, new)
        self.redis = redis
        self.sha = redis.call('SCRIPT', 'LOAD', source)
        if not changes:
            assert self.sha == hashlib.sha1(source.encode()).hexdigest()

    def run(self, *arguments):
        return self.redis.call('EVALSHA', self.sha, 1, *arguments)


def text(value, size='B'):
    value = str(value).encode()
    return struct.pack('<' + size, len(value)) + value


def six(value):
    return struct.pack('<Q', value)[:6]


def enqueue_arguments(now, items, window=691_200):
    head = [six(now), struct.pack('<IH', window, len(items)),
            text(now // 3_600_000), text(now // 120_000),
            text(now // 120_000 - 1)]
    records = []
    before = None

    for item in items:
        queue = '' if item.push == 'none' else item.queue
        route = text(queue) + text(item.booked) + text(item.channel) \
            + six(item.limit)
        detail = wait = ''
        if item.clock == 'question':
            due = -1 if item.due is None else item.due
            detail = '' if item.due is None else item.due
            wait = '%d %d 0 F%s0 %d %s %s %s' % (
                item.event, due, item.reach, item.event, item.object or '+',
                item.channel, item.booked)
        elif item.clock == 'answer':
            detail = item.event
        elif item.clock == 'close':
            detail = item.reason
        elif item.clock == 'withdrawal':
            detail = item.object

        head.append(struct.pack('BBBB', CLOCKS[item.clock], PUSHES[item.push],
                                route != before, ord(str(item.reach))))
        head += [text(item.digest), six(item.own), text(item.own // 60_000),
                 six(item.event), text(detail), text(wait, 'H'),
                 text(item.thread, 'H')]
        if route != before:
            head.append(route)
            before = route
        if item.push != 'none':
            records.append(item.record)

    return [b''.join(head)] + records
