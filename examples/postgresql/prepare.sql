-- What the scripts beside this file need of a PostgreSQL (15 or later). In the first server, before the first start by Locum.
alter system set listen_addresses = '*';
alter system set wal_log_hints = on; -- for pg_rewind
alter system set wal_keep_size = '1GB'; -- how far a standby may fall behind and still go on
alter system set restore_command = '/bin/false'; -- or that of your archive
-- A machine that does not answer is soon given up: a primary ends only when its standbys have all, and a standby asks another.
-- Not by tcp_user_timeout: that also ends the connection of a client that is busy, and does not read for so long.
alter system set tcp_keepalives_idle = 2;
alter system set tcp_keepalives_interval = 1;
alter system set tcp_keepalives_count = 3;
alter system set wal_sender_timeout = '10s';
alter system set wal_receiver_timeout = '10s';
alter system set wal_retrieve_retry_interval = '1s';
create role standby login replication; -- with a password in ~postgres/.pgpass of every node
grant pg_checkpoint to standby;
grant execute on function pg_catalog.pg_ls_dir(text, boolean, boolean) to standby;
grant execute on function pg_catalog.pg_stat_file(text, boolean) to standby;
grant execute on function pg_catalog.pg_read_binary_file(text) to standby;
grant execute on function pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean) to standby;
