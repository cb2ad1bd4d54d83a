"""What a server has against what the model says."""

import re

from clock import DAY, ENDLESS
from wire import pairs

# Booked when the item arrives: who does not know when a call was made can only
# compare the sums of these.
AT_ARRIVAL = {'in', 'out', 'dup', 'dead', 'more', 'early', 'stale', 'amend',
              'auto', 'ended', 'expired'}


class Difference(Exception):
    pass


def compare(what, found, expected):
    if found == expected:
        return
    for key in sorted(set(found) | set(expected), key=str):
        if found.get(key) != expected.get(key):
            raise Difference('%s: %s is %r, not %r' % (
                what, key, found.get(key), expected.get(key)))


class Compare:
    def __init__(self, redis, tag, model, exact=True):
        self.redis = redis
        self.tag = tag
        self.model = model
        self.exact = exact
        self.packed_starts = set()

    def keys(self, pattern):
        return sorted(self.redis.call('KEYS', self.tag + pattern))

    def scores(self, pattern):
        found = {}
        for key in self.keys(pattern):
            flat = self.redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
            for thread, score in pairs(flat).items():
                found[key[len(self.tag) + 1:], thread] = int(float(score))
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

        compare('open', pairs(self.redis.call('HGETALL', self.tag + ':open')),
                expected)
        compare('due', self.scores(':due:*'), due)
        compare('late', self.scores(':late:*'), late)
        compare('idle', self.scores(':idle'), {
            ('idle', thread): last + DAY
            for thread, last in model.talks.items()})

    def read_counters(self):
        names = [key[len(self.tag) + 4:] for key in self.keys(':st:*')]
        replies = self.redis.many([('HGETALL', self.tag + ':st:' + name)
                                   for name in names])
        return {name: pairs(reply) for name, reply in zip(names, replies)}

    def where(self, queue, channel, hour, name):
        if not self.exact and (name in AT_ARRIVAL or name.startswith('c:')):
            hour = None
        return queue, channel, hour, name

    def check_counters(self):
        found, expected, slots = {}, {}, {}
        packed = set()
        self.packed_starts = set()

        for name, fields in self.read_counters().items():
            queue, channel, hour = name.rsplit(':', 2)
            for field, n in fields.items():
                key = self.where(queue, channel, int(hour), field[1:])
                found[key] = found.get(key, 0) + int(n)
                if field[0] == 'z':
                    packed.add((queue, channel, int(hour)))
                    if re.match(r'z(o[FN]|w|x)\d', field):
                        self.packed_starts.add((queue, channel, int(hour)))
                else:
                    five = int(hour) * 12 + ord(field[0]) - ord('a')
                    slots[queue, channel, five, field[1:]] = int(n)

        for (queue, channel, five), counter in self.model.counts.items():
            for name, n in counter.items():
                key = self.where(queue, channel, five // 12, name)
                if n:
                    expected[key] = expected.get(key, 0) + n

        compare('counters', found, expected)

        if not self.exact:
            return packed

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
            # -2: it has ended since it was listed.
            if end == -1 or ':st:' in name and end > 841 * 3600 + 2 * DAY:
                raise Difference('%s ends in %d s' % (name, end))

    def check_queues(self):
        for name, records in self.model.queues.items():
            key = self.tag + ':' + name
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
