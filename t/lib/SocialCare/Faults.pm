package SocialCare::Faults;

# An nginx whose disk fails on order (tests/faults/fault_shim.c).
#
#     my $nginx = faulty_nginx(redis => $redis->socket, spool => 'size=1g');
#     faults($nginx, "fdatasync EIO *.seg\n");     # until the next call
#     faults($nginx, '');
#     syncs($nginx)                # the lines that the shim wrote about syncs
#
# faulty_nginx takes what care_nginx takes, and: spool, the options of
# socialcare_spool, and path, its folder.

use strict;
use warnings;

use Exporter 'import';

use SocialCare::Care;
use SocialCare::Test;

our @EXPORT = qw(spool_nginx faulty_nginx faults syncs);


sub shim { return "$ENV{PWD}/build/fault_shim.so" }


sub spool_nginx {
    my (%o) = @_;
    my $options = delete $o{spool} // '';
    my $path = delete $o{path} // '%%dir%%/spool';

    return care_nginx(top => "socialcare_spool $path $options;", %o);
}


sub faulty_nginx {
    my (%o) = @_;
    my $folder = temporary_folder();

    -e shim() or die shim() . " is missing: make spool-tools\n";

    my $nginx = spool_nginx(%o,
        main => "env SC_FAULT_CONTROL;\nenv SC_FAULT_LOG;\n",
        environment => { LD_PRELOAD => shim(),
            SC_FAULT_CONTROL => "$folder/control",
            SC_FAULT_LOG     => "$folder/log" });

    $nginx->{fault_folder} = $folder;
    return $nginx;
}


# Replaced at once: a half-written file would be half the rules.

sub faults {
    my ($nginx, $rules) = @_;
    my $path = "$nginx->{fault_folder}/control";

    write_file("$path.new", $rules);
    rename "$path.new", $path or die;
    return;
}


sub syncs {
    my ($nginx) = @_;

    return read_file("$nginx->{fault_folder}/log");
}

1;
