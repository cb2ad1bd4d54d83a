"""The metrics of waits, windows and fairness against the JSON document.

Both are of the same moment: what is in one is in the other, null corresponds to
no sample, and no family remains unchecked.
"""

import re

from compare import Difference
from published import CHANNELS, RATES, TIERS, WITHINS

WINDOW = {'in': 'in', 'out': 'out', 'duplicates': 'duplicates', 'dead': 'dead',
          'more': 'more', 'early': 'early', 'stale': 'stale',
          'amended': 'amended', 'expired': 'expired', 'ended': 'ended',
          'automatic': 'auto', 'opened_first': 'opened_first',
          'opened_next': 'opened_next', 'replied_first': 'replied_first',
          'replied_next': 'replied_next',
          'replied_within_15min': 'replied_within_15min', 'met': 'met',
          'missed': 'missed', 'attainment_ratio': 'attainment'}
RESPONSE = {'first_response': 'first_response', 'next_response': 'next_response',
            'automatic_response': 'automatic'}
QUANTILES = {'0.5': 'p50_s', '0.75': 'p75_s', '0.9': 'p90_s', '0.95': 'p95_s',
             '0.99': 'p99_s'}
GROUP = {'waits': 'spells', 'waits_open': 'open',
         'median_wait_seconds': 'median_wait_s', 'due_within_15min': 'due_900',
         'replied_within_15min': 'replied_900',
         'ignored_ratio': 'ignored_rate_86400', 'wait_gap_ratio': 'wait_gap'}


def read(text):
    """family -> labels -> value"""
    found = {}
    for line in text.splitlines():
        if line.startswith('# TYPE '):
            found[line.split()[2]] = {}
        elif not line.startswith('#'):
            name, labels, value = re.fullmatch(
                r'(\w+)\{(.*)\} (\S+)', line).groups()
            labels = frozenset(re.findall(r'(\w+)="([^"]*)"', labels))
            if labels in found[name]:
                raise Difference('%s has %s twice' % (name, set(labels)))
            found[name][labels] = float(value)
    return found


class Wanted(dict):
    def add(self, name, labels, value, **more):
        """Leaves out what is not known; a family stays without samples."""
        samples = self.setdefault('socialcare_' + name, {})
        if value is not None:
            samples[frozenset({**labels, **more}.items())] = float(value)


def of_window(wanted, labels, window):
    to_ms = window['to_ms']
    wanted.add('window_reading_timestamp_seconds', labels, to_ms / 1000)
    for name, member in WINDOW.items():
        wanted.add('window_' + name, labels, window[member])
    wanted.add('window_closed', labels, None)
    for reason, n in window['closed'].items():
        wanted.add('window_closed', labels, n, reason=reason)
    for name, member in RESPONSE.items():
        response = window[member]
        for quantile, of in QUANTILES.items():
            wanted.add('window_%s_seconds' % name, labels, response[of],
                       quantile=quantile)
        if member != 'automatic':
            wanted.add('window_%s_sum_seconds' % name, labels,
                       response['sum_s'] if response['count'] else None)
    for name, member, horizons, numbers in (
            ('within', 'within', WITHINS, ('due', 'replied', 'withdrawn')),
            ('response', 'response_rate', RATES, ('due', 'replied'))):
        for horizon in horizons:
            cohort = window[member][str(horizon)] or {}
            for number in numbers:
                wanted.add('%s_%s' % (name, number), labels,
                           cohort.get(number), horizon=str(horizon))


def of_fairness(wanted, one):
    brand = {'brand': one['brand']}
    for kind, names in (('channel', CHANNELS), ('reach', TIERS)):
        groups = {group['group']: group for group in one['groups'][kind]}
        for group in names:
            for name, member in GROUP.items():
                wanted.add('%s_%s' % (kind, name), brand,
                           groups.get(group, {}).get(member), **{kind: group})
        parity = one['parity'][kind]
        wanted.add(kind + '_parity_ratio', brand, parity['ratio'])
        wanted.add(kind + '_parity_flagged', brand, parity['flagged'])
        wanted.add(kind + '_jain_ratio', brand, one['jain'][kind])
    wanted.add('overtake_depth_seconds', brand, one['overtake_depth_s'])
    wanted.add('ignored_gap_points', brand, one['ignored_gap_points'])


def all_of(document):
    wanted = Wanted()
    now = document['now_ms']
    for one in document['sla']:
        labels = {name: one[name] for name in ('brand', 'queue', 'channel')}
        for name in ('open', 'due_soon', 'at_risk', 'breached'):
            wanted.add('waits_' + name, labels, one[name])
        for name, ms in (
                ('earliest_due_timestamp', one['earliest_due_ms']),
                ('oldest', one['oldest_wait_ms']),
                ('reading_timestamp', now - one['reading_age_ms'])):
            wanted.add('waits_%s_seconds' % name, labels,
                       None if ms is None else ms / 1000)
        for name, window in one['windows'].items():
            of_window(wanted, {**labels, 'window': name}, window)
    for one in document['fairness']:
        of_fairness(wanted, one)
    return wanted


def check(text, document):
    found, wanted = read(text), all_of(document)

    if set(found) != set(wanted):
        raise Difference('metrics without a member, or the reverse: %s'
                         % sorted(set(found) ^ set(wanted)))
    for name, samples in wanted.items():
        if set(found[name]) != set(samples):
            raise Difference('%s: samples in one document only: %s' % (
                name, [sorted(labels) for labels
                       in set(found[name]) ^ set(samples)]))
        # Ratios have six decimals here and three to six there; a mean is cut
        # to the millisecond in one and rounded in the other.
        error = 0.006 if 'points' in name else 6e-4 if 'ratio' in name \
            else 1.1e-3 if 'overtake' in name else 1e-9
        for labels, value in samples.items():
            if abs(found[name][labels] - value) > error:
                raise Difference('%s %s is %r, not %r' % (
                    name, sorted(labels), found[name][labels], value))
