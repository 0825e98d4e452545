/** Enough of a configuration's hash to tell two files apart by eye, the same wherever one is shown. */
export const shortHash = (hash: string): string => hash.slice(0, 8);
