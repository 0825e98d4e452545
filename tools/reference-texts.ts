/** What the reference of the cluster file says around the part that comes from the schema. */

export const OPENING = `# The cluster file

<!-- Written by tools/generate-reference.ts from the schema; change the schema or tools/reference-texts.ts instead. -->

One YAML file describes the whole cluster. It is the same on every node; each agent finds its own part by its node's
name. The default place is \`/etc/locum/cluster.yaml\`. Unknown keys are errors, so that a typing mistake is never
silently ignored.

\`\`\`yaml
cluster: shop
secretFile: /etc/locum/secret
detection: lan
nodes:
  web1: { networks: { a: 10.1.1.1, b: 10.2.2.1, lan: 192.168.1.11 } }
  web2: { networks: { a: 10.1.1.2, b: 10.2.2.2, lan: 192.168.1.12 } }
services:
  shop:
    addresses: [192.168.1.1/24]
    nodes: [web1, web2]
    failback: false
\`\`\`

Three nodes, both families, ping targets and explicit times:

\`\`\`yaml
cluster: mail
detection: { interval: 50ms, timeout: 250ms }
damping: { failures: 2, within: 5m, ban: 2m, banMax: 30m }
networks:
  lan: { ping: [192.168.1.254] }
nodes:
  mx1: { networks: { lan: 192.168.1.11, sync: "fd00:5::1" } }
  mx2: { networks: { lan: 192.168.1.12, sync: "fd00:5::2" } }
  mx3: { networks: { lan: 192.168.1.13, sync: "fd00:5::3" } }
services:
  smtp:
    addresses:
      - 192.168.1.25/24
      - { address: "2001:db8::25/64", interface: eth0 }
    nodes: [mx1, mx2, mx3]
    failback: { after: 30s }
  imap:
    addresses: [192.168.1.143/24]
    nodes: [mx2, mx3, mx1]
    failback: true
\`\`\`

An editor that knows JSON Schema completes and checks the file while you type; name the schema in the first line:

\`\`\`yaml
# yaml-language-server: $schema=/usr/lib/node_modules/locum/docs/schema/cluster.schema.json
cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
\`\`\``;

export const CLOSING = `## Names, times, addresses

**Names** of the cluster, of nodes, networks and services have letters, digits, \`-\`, \`_\` and \`.\`, at most 63, the first a
letter or digit. Heartbeats carry 32 bits of a name; two names that have the same ones are refused. A path group can stand
where an interface is named, so its name has at most 15.

**Times** are a number and its unit without a space: \`us\`, \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`, as in \`25ms\` or \`1.5m\`.

**Addresses** are IPv4 or IPv6 in any spelling; output uses the shortest (RFC 5952). Host names are not looked up. A
node's own address stands without prefix length, a service address with that of its subnet. A link-local IPv6 address can
be a service address if its interface is named.

## The secret

\`locum keygen\` makes a file with one key, \`/etc/locum/secret\` where no other is named, readable by its owner only; copy it to
every node. The file holds one key a line
(\`locum1:\` and 43 signs; lines with \`#\` in front are comments). The first key is used to send, all are accepted. A file
that others than its owner can read is refused. To change the key without an outage:

1. \`locum keygen --stage\` on one node adds a second key. Copy the file to all nodes and reload their agents.
2. \`locum keygen --promote\` makes the second key the first. Copy and reload again.
3. \`locum keygen --retire\` drops all but the first. Copy and reload once more.

After each step every agent says in \`locum events\` which key it uses now and which it accepts; go on when all of them have.`;

export const CHECKING = `## Checking

\`locum check --config FILE\` reports everything that is wrong at once, with line, column and advice, and changes nothing.
Where the text is no YAML at all, it names the first slip that explains that; the rest is checked once that one is mended.
On a machine that is one of the nodes (or with \`--node NAME\`) it also looks whether the machine fits: its addresses, an
interface for each service address, the secret, the port, the rights. The exit code is 2 if there are errors, else 0;
\`--json\` prints the same for programs. The agent checks the same when it starts and when it reads the file again; a bad new
file is refused whole, and the old one stays in force.

The file has a hash over its meaning. Comments, the order of keys, the spelling of times and addresses, and paths do not
change it. Nodes compare their hashes and report a difference.

## Problems by code`;
