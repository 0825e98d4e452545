/** How much a cluster file may hold. Beyond these it is refused, with the limit in the message. */
export const LIMITS = {
  fileBytes: 524_288,
  /** Entries of one map or list, before anything is known of their meaning. */
  entries: 2_048,
  /** Values in the whole file after aliases are unfolded. */
  values: 200_000,
  aliases: 100,
  depth: 16,
  problems: 100,
  nodes: 64,
  networks: 8,
  services: 1_000,
  addressesPerService: 256,
  addresses: 4_096,
  pingTargetsPerNetwork: 8,
  pathGroupsPerNode: 16,
  pingTargetsPerPath: 8,
  trunkMembers: 16,
  /** Addresses that one interface of a path group may carry. */
  addressesPerInterface: 4_096,
  interfacesPerAddress: 2,
  programsPerService: 32,
  programs: 1_000,
  argumentsPerCommand: 128,
  variables: 64,
  exits: 64,
  restarts: 32,
  /** Of an argument, a variable or a web page's address. */
  textLength: 4_096,
  /** Resources that the capacity of a node, or the size of a service, may name. */
  resources: 8,
  priority: 1_000,
  weight: 1_000,
  labelsPerService: 8,
  /** Services or labels in one list of `with`, `apart` or `needs`. */
  relationsPerService: 64,
  /** Of all services together, after labels are replaced by those that have them. */
  apartPairs: 20_000,
  pathLength: 4_095,
  rules: 100,
  actionsPerRule: 8,
  hooks: 32,
  fenceMethods: 8,
  codesPerHook: 64,
  checks: 32,
  /** Characters of what a rule says. */
  ruleTextLength: 500,
  /** Words of a command that is run, and characters of each. */
  commandWords: 64,
  commandWordLength: 4_096,
} as const;
