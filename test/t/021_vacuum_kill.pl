# VACUUM of a table with many aborted stripes is killed at random moments, with
# the server, by itself, or by a timeout; each time the rows are those of a
# heap table, by scan and by each index, and columnar.verify finds nothing.
# In the end all free blocks come back into use.
use strict;
use warnings;
use Test::More;
use ColVacuumKill;

ColVacuumKill::run(seconds => 12);
done_testing();
