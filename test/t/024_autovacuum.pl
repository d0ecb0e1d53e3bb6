# Autovacuum alone, with small thresholds and freeze ages, keeps a busy table
# healthy: its size and age are bounded, its rows are those of a heap table.
use strict;
use warnings;
use Test::More;
use ColAutovacuum;

ColAutovacuum::run(seconds => 14);
done_testing();
