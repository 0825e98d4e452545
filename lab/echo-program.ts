/**
 * A server as a program of a service: it answers every datagram with its own bytes and the node's name behind them, on an
 * address that the machine need not have yet. In Perl, which every Debian has, and without its modules, because it starts
 * within milliseconds then.
 */
const SCRIPT = `my ($address, $port, $startMs) = @ARGV;
select(undef, undef, undef, $startMs / 1000);
my ($AF_INET, $SOCK_DGRAM, $IPPROTO_IP, $IP_FREEBIND) = (2, 2, 0, 15);
socket(my $socket, $AF_INET, $SOCK_DGRAM, 0) or die "socket: $!";
setsockopt($socket, $IPPROTO_IP, $IP_FREEBIND, pack("i", 1)) or die "setsockopt: $!";
bind($socket, pack("S n C4 x8", $AF_INET, $port, split(/\\./, $address))) or die "bind: $!";
while (1) {
  my $from = recv($socket, my $data, 65536, 0);
  send($socket, $data . $ENV{LOCUM_NODE}, 0, $from) if defined $from;
}
`;

/** Its process goes by this name. */
export const ECHO_COMMAND = "perl";
export const ECHO_PROGRAM_PORT = 7_001;

/** @param startMs how long it takes before it serves, beside the start of Perl. @returns the command, for `run:`. */
export const echoProgram = (address: string, startMs = 0): readonly string[] => [
  "/usr/bin/perl",
  "-e",
  SCRIPT,
  address,
  String(ECHO_PROGRAM_PORT),
  String(startMs),
];
