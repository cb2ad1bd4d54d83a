#!/usr/bin/env python3
"""Replays a random history through the scripts and through the model.

    replay.py [--seed N] [--items N] [--change SCRIPT OLD NEW] SOCKET

Compares what the server has with what the model says, again and again while it
goes on: every code, every wait, conversation and index, every counter.  Ends
with 1 at the first difference and says where.  --change replaces a piece of a
script, to see whether the difference is found.
"""

import argparse
import sys

from clock import Clock, DAY, ENDLESS, FIVE_MINUTES, HOUR
from histories import history
from wire import Redis, Script, enqueue_arguments, pairs

T = '{care:model/3}'
BEGIN = 1_790_000_000_000
MAX_AGE = 3 * DAY


class Difference(Exception):
    pass


def compare(what, found, expected):
    if found == expected:
        return
    for key in sorted(set(found) | set(expected), key=str):
        if found.get(key) != expected.get(key):
            raise Difference('%s: %s is %r, not %r' % (
                what, key, found.get(key), expected.get(key)))


class Replay:
    def __init__(self, redis, changes):
        self.redis = redis
        self.enqueue = Script(redis, 'enqueue', changes.get('enqueue', ()))
        self.sweeper = Script(redis, 'sweep', changes.get('sweep', ()))
        self.model = Clock(MAX_AGE)
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
            self.model.queues['q:narrow'].clear()

    # What is there.

    def keys(self, pattern):
        return sorted(self.redis.call('KEYS', T + pattern))

    def scores(self, pattern):
        found = {}
        for key in self.keys(pattern):
            flat = self.redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
            for thread, score in pairs(flat).items():
                found[key[len(T) + 1:], thread] = int(float(score))
        return found

    def check_waits(self):
        model, expected = self.model, {}
        due, late = {}, {}

        for thread, wait in model.waits.items():
            expected[thread] = wait.text()
            series = '%s:%s' % wait.series
            if wait.breached:
                late['late:' + series, thread] = wait.due
            else:
                due['due:' + series, thread] = wait.start + ENDLESS \
                    if wait.due is None else wait.due
        for thread, last in model.talks.items():
            expected[thread] = '- %d' % last

        compare('open', pairs(self.redis.call('HGETALL', T + ':open')), expected)
        compare('due', self.scores(':due:*'), due)
        compare('late', self.scores(':late:*'), late)
        compare('idle', self.scores(':idle'), {
            ('idle', thread): last + DAY
            for thread, last in model.talks.items()})

    def read_counters(self):
        names = [key[len(T) + 4:] for key in self.keys(':st:*')]
        replies = self.redis.many([('HGETALL', T + ':st:' + name)
                                   for name in names])
        return {name: pairs(reply) for name, reply in zip(names, replies)}

    def check_counters(self):
        found, expected, slots = {}, {}, {}
        packed = set()

        for name, fields in self.read_counters().items():
            queue, channel, hour = name.rsplit(':', 2)
            for field, n in fields.items():
                key = queue, channel, int(hour), field[1:]
                found[key] = found.get(key, 0) + int(n)
                if field[0] == 'z':
                    packed.add((queue, channel, int(hour)))
                else:
                    five = int(hour) * 12 + ord(field[0]) - ord('a')
                    slots[queue, channel, five, field[1:]] = int(n)

        for (queue, channel, five), counter in self.model.counts.items():
            for name, n in counter.items():
                key = queue, channel, five // 12, name
                if n:
                    expected[key] = expected.get(key, 0) + n

        compare('counters', found, expected)

        # The five minutes, where they are still told apart.
        compare('slots', {
            key: n for key, n in slots.items()
            if (key[0], key[1], key[2] // 12) not in packed
        }, {
            (queue, channel, five, name): n
            for (queue, channel, five), counter in self.model.counts.items()
            if (queue, channel, five // 12) not in packed
            for name, n in counter.items() if n})
        return packed

    def check_ends(self):
        """Every key that must end has an end."""
        names = [key for kind in ('st', 'seen', 'held')
                 for key in self.keys(':%s:*' % kind)]
        ends = self.redis.many([('TTL', name) for name in names])
        for name, end in zip(names, ends):
            if end < 0 or ':st:' in name and end > 841 * 3600 + 2 * DAY:
                raise Difference('%s ends in %d s' % (name, end))

    def check_queues(self):
        for name, records in self.model.queues.items():
            key = T + ':' + name
            if name.endswith(' list'):
                found = self.redis.call('LRANGE', key, 0, -1)[::-1]
            else:
                found = [entry[1][1] for entry
                         in self.redis.call('XRANGE', key, '-', '+')]
            if found != records:
                raise Difference('%s has %d records, not %d' % (
                    name, len(found), len(records)))

    def check(self):
        self.check_waits()
        return self.check_counters()


def say_totals(replay, packed):
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

    wanted = {'in', 'out', 'dup', 'dead', 'more', 'early', 'stale', 'amend',
              'expired', 'ended', 'auto', 'oF', 'oN', 'w', 'x', 'f', 'n', 'fms',
              'nms', 'ov', 'a', 'ams', 'met', 'miss', 'c:spam',
              'c:deleted_by_author'}
    if wanted - set(total) or set(replay.codes) != set('0123') or not packed:
        raise Difference('the history lacks %s' % (wanted - set(total)))


def run(arguments):
    changes = {}
    for script, old, new in arguments.change:
        changes.setdefault(script, []).append((old, new))

    replay = Replay(Redis(arguments.socket), changes)
    calls = items = sweeps = 0
    next_check = arguments.check

    for now, some in history(arguments.seed, arguments.items, BEGIN):
        if some is None:
            sweeps += 1
            replay.sweep(now, (500, 500, 7)[sweeps % 3])
            if sweeps % 20 == 0:
                replay.make_room()
        else:
            calls += 1
            items += len(some)
            replay.call(now, some)
        if items >= next_check:
            next_check = items + arguments.check
            replay.check()

    # Until nothing is left to be packed.
    while replay.redis.call('ZCOUNT', T + ':fine', '-inf', now // HOUR - 5):
        replay.sweep(now, 500)
    packed = replay.check()
    replay.check_queues()
    replay.check_ends()
    print('%d items in %d calls, %d sweeps: no difference' % (
        items, calls, sweeps))
    if not changes:
        say_totals(replay, packed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--items', type=int, default=10000)
    parser.add_argument('--check', type=int, default=4000)
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
