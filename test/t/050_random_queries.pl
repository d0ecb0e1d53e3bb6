# Random queries over random tables on heap and columnar twins, for 40 seconds;
# test/long/random_queries.pl takes longer.  SEED=n repeats a run.
use strict;
use warnings;
use Test::More;
use ColQueries;

$ENV{SEED} ||= 20240607;
ColQueries::run(seconds => 40, least => 500);
done_testing();
