# As test/t/024_autovacuum.pl, for DURATION seconds.
use strict;
use warnings;
use Test::More;
use ColAutovacuum;

ColAutovacuum::run(seconds => $ENV{DURATION} || 60);
done_testing();
