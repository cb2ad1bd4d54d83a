# The README is true: each of its configurations loads, and it describes every
# directive and no others.

use strict;
use warnings;

use SocialCare::Nginx;
use SocialCare::Sign;
use SocialCare::Test;


my $readme = read_file('README.md');
plan(skip_all => 'no README.md yet') if $readme eq '';


# Directives: the module's table against the README's.

my $module = read_file('ngx_socialcare_module/nginx/ngx_socialcare_module.c');
my %known = $module
    =~ /\{ ngx_string\("(socialcare_\w+)"\),\s*([A-Z0-9_|\s]+),/g;
my %table = map { /^\| `(socialcare_\w+)[^|]*(?:\\\|[^|]*|`\|`[^|]*)*\|/
    ? ($1 => $_) : () } split /\n/, $readme;

cmp_ok(scalar keys %known, '>=', 15, 'the directive table is read');
is_deeply([sort keys %table], [sort keys %known],
    'the README describes the directives that there are');

for my $name (sort keys %table) {
    my @cells = split /(?<!`)\|(?!`)/, $table{$name};
    my ($contexts) = grep { /^\s*(?:h|s|l|h s l|h s|s l)\s*$/ } @cells;
    my %flag = (h => 'NGX_HTTP_MAIN_CONF', s => 'NGX_HTTP_SRV_CONF',
        l => 'NGX_HTTP_LOC_CONF');
    my $allowed = join ' ', grep { ($known{$name} // '') =~ /$flag{$_}/ }
        qw(h s l);

    $contexts =~ s/^\s+|\s+$//g if defined $contexts;
    is($contexts, $allowed, "$name: where it may stand");
}

# Variables.
my $variables = read_file(
    'ngx_socialcare_module/nginx/ngx_socialcare_variables.c');

for my $name ($variables =~ /\{ ngx_string\("socialcare_(\w+)"\)/g) {
    ok($readme =~ /`(?:\$socialcare)?_$name`/, "\$socialcare_$name is named");
}

# Platforms, from what nginx accepts.
my $registry = read_file('ngx_socialcare_module/platforms/sc_registry.c');

for my $name ($registry =~ /&sc_platform_(\w+)/g) {
    $name =~ tr/_/-/;
    my @rows = grep { /^\| `$name` \| (?!`\w+=)/ } split /\n/,
        $readme =~ s/.*^## Platforms$//msr =~ s/^\| Platform \|.*//msr;
    my @cells = split /\s\|\s/, ($rows[0] // '') . ' ';

    # Verification, what arrives, own replies, what to configure, what is
    # not known for sure.
    is(scalar @cells, 6, "the receiver $name is described in full");
    is(scalar(grep { !/\S/ } @cells), 0, "$name: no empty cell");
}

# Options of receivers: `nginx -t` refers to the README for them.
my %option;

for my $file (glob 'ngx_socialcare_module/platforms/*.c') {
    my $source = read_file($file);

    $option{$_} = 1 for $source =~ /sc_str_eq\(name, SC_STR\("([a-z_\d]+)"\)\)/g,
        $source =~ /\{ SC_STR_INIT\("(\w+)"\), sc_generic_set_\w+ \}/g;
}

delete @option{qw(secret public_base)};     # refused, with a hint
cmp_ok(scalar keys %option, '>', 80, 'the options are read');
is_deeply([grep { $readme !~ /`$_=/ } sort keys %option], [],
    'the README describes all options');

my @fields = read_file('ngx_socialcare_module/platforms/sc_mapping.c')
    =~ /\[SC_FIELD_\w+\] = \{ SC_STR_INIT\("(\w+)"\)/g;
my ($mapping) = $readme =~ /^(The \*\*mapping\*\*.*?)\n\n/ms;

cmp_ok(scalar @fields, '>', 30, 'the fields are read');
is_deeply([grep { ($mapping // '') !~ /`$_`/ } @fields], [],
    'the README names all fields of a mapping');


# Configurations: wrapped as their outermost directive wants it, with secrets
# and folders of this machine.

my @blocks = $readme =~ /^```nginx\n(.*?)^```$/msg;
cmp_ok(scalar @blocks, '>=', 3, 'there are configurations');

for my $number (1 .. @blocks) {
    my $block = $blocks[$number - 1];
    my $nginx = SocialCare::Nginx->new(
        environment => { CARE_VERIFY_TOKEN => 'token' });
    my $dir = $nginx->dir;

    $nginx->{checked} = 1;      # never started
    mkdir "$dir/secrets";
    mkdir "$dir/spool", 0700;

    $block =~ s/^(?:load_module|user) .*\n//mg;
    $block =~ s{/etc/nginx/socialcare/}{$dir/secrets/}g;
    $block =~ s{/var/(?:lib|spool)/[\w/]+}{$dir/spool}g;
    $block =~ s/listen (\d+)/'listen 127.0.0.1:' . $nginx->port_of("port_$1")/ge;

    write_file($_, SECRET)
        for $block =~ m{(?:file:|password_file=)($dir/secrets/[^\s;]+)}g;

    write_file($1, "Network fault = signal lost\n")
        if $block =~ m{dictionary=($dir/secrets/[^\s;]+)};

    my %part = $block =~ /^http \{/m ? (config => $block)
        : $block =~ /^(?:server|map|upstream|socialcare_(?:redis|zone|spool)) ?/m
        ? (http => $block, server_block => '')
        : (server => $block);

    my ($good, $said) = $nginx->test_config(%part);
    ok($good, "configuration $number loads") or diag("$said\n$block");
    unlike($said, qr/\[warn\]/, "configuration $number: no warning");
}

finish();
