# As test/t/050_random_queries.pl, for DURATION seconds, with another seed each time.
use strict;
use warnings;
use Test::More;
use ColQueries;

my $seconds = $ENV{DURATION} || 60;

ColQueries::run(seconds => $seconds, least => 20 * $seconds, failures => 3, all => $seconds >= 300);
done_testing();
