/**
 * Where labs keep what other processes must find. An ordinary user's lab, which sees itself as root in its own user
 * namespace, is told the place by the process that it was before.
 */
export const LAB_DIRECTORY_VARIABLE = "LOCUM_LAB_DIRECTORY";
export const LAB_DIRECTORY: string = process.env[LAB_DIRECTORY_VARIABLE] ?? usualDirectory();

/** Where iproute2 keeps named network namespaces. */
export const NETNS_DIRECTORY = "/run/netns";

export const labDirectory = (id: string): string => `${LAB_DIRECTORY}/${id}`;
export const recordPath = (id: string): string => `${labDirectory(id)}.json`;
/** Where the lab's owner takes orders from other processes. */
export const socketPath = (id: string): string => `${labDirectory(id)}.sock`;
/** The network namespace of a host, as `ip netns` lists it. */
export const namespaceName = (id: string, host: string): string => `locum-${id}-${host}`;
export const namespacePath = (id: string, host: string): string => `${NETNS_DIRECTORY}/${namespaceName(id, host)}`;

function usualDirectory(): string {
  const user = process.getuid?.() ?? 0;
  return user === 0 ? "/run/locum-lab" : `/tmp/locum-lab-${user}`;
}
