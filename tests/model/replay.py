#!/usr/bin/env python3
"""Replays a random history through the scripts and through the model.

    replay.py [--seed N] [--items N] [--status PROGRAM]
              [--change SCRIPT OLD NEW] SOCKET

Compares the server with the model again and again while it runs: every code,
every wait, conversation and index, every counter; with --status (status.c) also
what the status would publish at that moment.  Reports the first difference and
exits with 1.  --change replaces a piece of a script, to see whether the
difference is found.
"""

import argparse
import json
import random
import re
import subprocess
import sys

import metrics
from clock import Clock, DAY, HOUR
from compare import Compare, Difference
from histories import history
from published import Published
from wire import Redis, Script, enqueue_arguments

T = '{care:model/3}'
BEGIN = 1_790_000_000_000
MAX_AGE = 3 * DAY
READ_HOURS = 193               # that the status reads

# What the status must have shown at some moment of a long history.
TO_BE_SEEN = {'open', 'soon', 'risk', 'late', 'gap', 'lowest', 'highest',
              'enough', 'flagged', 'ignored', 'overtaken'}


class Status:
    """status.c: readings and counters in, documents out."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, now, reading, hashes):
        """hashes: (which line of the reading's waits, hour, fields)."""
        reading = reading.encode()
        words = [b'at %d %d\n%b' % (now, len(reading), reading)]
        for which, hour, fields in hashes:
            words.append(b'hash %d %d %d\n' % (which, hour, len(fields)))
            words += [b'%b %b\n' % (name.encode(), value.encode())
                      for name, value in fields.items()]
        words.append(b'end\n')
        self.process.stdin.write(b''.join(words))
        self.process.stdin.flush()
        document = json.loads(self.process.stdout.readline())
        text = []
        while not text or text[-1] != '.\n':
            text.append(self.process.stdout.readline().decode())
            if not text[-1]:
                raise EOFError('the status program is gone')
        return document, ''.join(text[:-1])

    def end(self):
        self.process.stdin.close()
        if self.process.wait():
            raise Difference('the status program ended with %d'
                             % self.process.returncode)


class Replay(Compare):
    def __init__(self, redis, changes):
        super().__init__(redis, T, Clock(MAX_AGE))
        self.enqueue = Script(redis, 'enqueue', changes.get('enqueue', ()))
        self.sweeper = Script(redis, 'sweep', changes.get('sweep', ()))
        self.reader = Script(redis, 'read', changes.get('read', ()))
        self.taken = {}        # stream -> how many entries workers have read
        self.trimmed = {}      # stream -> how many were thrown away unread
        self.seen = set()      # what the status had an example of
        self.published = 0
        self.counts_reads = int(re.search(
            r'redis_version:(\d+)', redis.call('INFO', 'server'))[1]) >= 7
        self.model.closed_queues.add('taken')
        self.codes = {}
        redis.call('SET', T + ':q:taken', 'in the way')

    def call(self, now, items):
        found = self.enqueue.run(T, *enqueue_arguments(now, items))
        expected = ''.join(self.model.take(now, item) for item in items)
        for code in expected:
            self.codes[code] = self.codes.get(code, 0) + 1
        if found != expected:
            raise Difference('codes %s, not %s, of %s' % (
                found, expected, [item.clock for item in items]))

    def sweep(self, now, most):
        """To its end, `most` threads at a time."""
        missed = expired = 0
        more = '1'
        self.redis.call('DEL', T + ':lease:sweep')
        while more == '1':
            words = self.sweeper.run(T, now, MAX_AGE, most, 60_000).split()
            missed += int(words[1])
            expired += int(words[2])
            more, ahead = words[3], int(words[4])
        expected = self.model.sweep(now)
        if (missed, expired, ahead) != expected:
            raise Difference('sweep %r, not %r' % ((missed, expired, ahead),
                                                   expected))

    def make_room(self):
        self.redis.call('XTRIM', T + ':q:narrow', 'MAXLEN', 0)
        if 'q:narrow' in self.model.queues:
            narrow = self.model.queues['q:narrow']
            self.trimmed['q:narrow'] = self.trimmed.get('q:narrow', 0) \
                + len(narrow)
            narrow.clear()

    def take(self, name, count):
        """Workers read some, and acknowledge nothing."""
        if self.model.queues.get(name):
            self.redis.call('XREADGROUP', 'GROUP', 'workers', 'one', 'COUNT',
                            count, 'STREAMS', T + ':' + name, '>')
            self.taken[name] = min(len(self.model.queues[name]),
                                   self.taken.get(name, 0) + count)

    def check_queue(self, line):
        kind, *numbers, name = line.split(' ', 9 + 1)[1:]
        depth, lag, pending, dead, _, _, added, taken = map(int, numbers)
        name = 'q:' + name
        records = self.model.queues.get(name, [])
        taken_is = self.taken.get(name, 0)
        expected = {
            's': (len(records), len(records) - taken_is, taken_is,
                  len(records) + self.trimmed.get(name, 0), taken_is),
            'l': (len(records), -1, -1, -1, -1),
            '-': (0, -1, -1, -1, -1),
            '?': (-1, -1, -1, -1, -1)}[kind]
        found = depth, lag, pending, added, taken
        # Redis counts what was read since version 7, and not over gaps.
        known = [at for at in range(5) if kind != 's' or at in (0, 2)
                 or self.counts_reads and not self.trimmed.get(name)]
        if [found[at] for at in known] != [expected[at] for at in known] \
                or dead != len(self.model.queues.get('dead' + name[1:], [])):
            raise Difference('%s: %r and %d dead, not %r' % (
                name, found, dead, expected))
        return name

    def bounds_ahead(self, now):
        """Moments at which a wait's number changes, and those before."""
        times = sorted(time for wait in self.model.waits.values()
                       if wait.due is not None
                       for time in (wait.due, wait.due - 60_000,
                                    wait.due - (wait.due - wait.start - 1) // 5)
                       if now < time < now + HOUR)
        return [time - early for time in times for early in (1, 0)]

    def check_published(self, status, now):
        reading = self.reader.run(T, now)
        lines = reading.split('\n')
        series = {tuple(line.split(' ', 8)[:6:-1]): which for which, line
                  in enumerate(line for line in lines if line[0] == 's')}
        hashes = []
        for name, fields in self.read_counters().items():
            queue, channel, hour = name.rsplit(':', 2)
            if now // HOUR - READ_HOURS < int(hour) <= now // HOUR:
                hashes.append((series[queue, channel], int(hour), fields))

        document, text = status.ask(now, reading, hashes)
        published = Published(self.model, document, True, self.packed_starts)
        for one in document['sla']:
            published.check_waiting(one, now, now)
        published.check()
        metrics.check(text, document)
        names = {self.check_queue(line) for line in lines if line[0] == 'q'}
        missing = {name for name in self.model.queues
                   if name.startswith('q:')} - names
        if missing:
            raise Difference('no line for %s' % missing)
        self.seen |= published.seen
        self.published += 1


def say_totals(replay, packed, items):
    total = {}
    for counter in replay.model.counts.values():
        for name, n in counter.items():
            name = name.split('.')[0].rstrip('0123456')
            total[name] = total.get(name, 0) + n
    print('codes: ' + ', '.join('%d of %s' % (n, code) for code, n
                                in sorted(replay.codes.items())))
    print('counters: ' + ', '.join('%s %d' % pair
                                   for pair in sorted(total.items())))
    print('%d waits, %d conversations, %d packed hours' % (
        len(replay.model.waits), len(replay.model.talks), len(packed)))

    if items < 20_000:         # too few for the rare ones
        return
    wanted = {'in', 'out', 'dup', 'dead', 'more', 'early', 'stale', 'amend',
              'expired', 'ended', 'auto', 'oF', 'oN', 'w', 'x', 'f', 'n', 'fms',
              'nms', 'ov', 'a', 'ams', 'met', 'miss', 'c:spam',
              'c:deleted_by_author'}
    if replay.published:
        wanted |= TO_BE_SEEN
    lacks = wanted - set(total) - replay.seen
    if lacks or set(replay.codes) != set('0123') or not packed:
        raise Difference('the history lacks %s' % lacks)


def run(arguments):
    changes = {}
    for script, old, new in arguments.change:
        changes.setdefault(script, []).append((old, new))

    replay = Replay(Redis(arguments.socket), changes)
    status = arguments.status and Status(arguments.status)
    calls = items = sweeps = 0
    next_check = arguments.check
    rng = random.Random(arguments.seed)

    for now, some in history(arguments.seed, arguments.items, BEGIN):
        if some is None:
            sweeps += 1
            replay.sweep(now, (500, 500, 7)[sweeps % 3])
            if sweeps % 20 == 0:
                replay.make_room()
                replay.take('q:mentions', sweeps)
        else:
            calls += 1
            items += len(some)
            replay.call(now, some)
        if items >= next_check:
            # A number that few moments have is looked for more often.
            rare = status and items > arguments.items // 2 \
                and TO_BE_SEEN - replay.seen
            next_check = items + arguments.check // (10 if rare else 1)
            replay.check()
            if status:
                ahead = replay.bounds_ahead(now)
                replay.check_published(status,
                                       rng.choice(ahead) if ahead else now)

    # Until nothing is left to be packed.
    while replay.redis.call('ZCOUNT', T + ':fine', '-inf', now // HOUR - 5):
        replay.sweep(now, 500)
    packed = replay.check()
    replay.check_queues()
    replay.check_ends()
    if status:
        replay.check_published(status, now)
        status.end()
    print('%d items in %d calls, %d sweeps: no difference' % (
        items, calls, sweeps))
    if not changes:
        say_totals(replay, packed, items)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--items', type=int, default=10000)
    parser.add_argument('--check', type=int, default=4000)
    parser.add_argument('--status')
    parser.add_argument('--change', nargs=3, action='append', default=[],
                        metavar=('SCRIPT', 'OLD', 'NEW'))
    parser.add_argument('socket')

    try:
        run(parser.parse_args())
    except Difference as difference:
        print('difference: %s' % difference)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
