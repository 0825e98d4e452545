import type { Host } from "../../lab/host.js";

const CLIENT = `my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 1) or die "$@";
print $s "GET / HTTP/1.0\\r\\n\\r\\n"; local $/; my ($head, $body) = split /\\r\\n\\r\\n/, <$s>; print $body;`;

/** What a web server answers to a host of the lab. @throws {LocumError} when it does not. */
export const fetchPage = (host: Host, address: string, port: number): Promise<string> =>
  host.run(["perl", "-MIO::Socket::INET", "-e", CLIENT, address, String(port)]);
