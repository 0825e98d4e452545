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
  pathLength: 4_095,
} as const;
