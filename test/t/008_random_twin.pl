# Random tables, loads, changes and queries on heap and columnar twins, for 20
# seconds; test/long/random_twin.pl takes longer.  SEED=n repeats a run.
use strict;
use warnings;
use Test::More;
use ColTwin;

$ENV{SEED} ||= 20240607;
ColTwin::run(name => '008_random_twin', seconds => 20);
done_testing();
