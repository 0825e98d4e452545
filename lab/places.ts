/** Where labs keep what other processes must find. It lies in memory and is gone after a restart of the machine. */
export const LAB_DIRECTORY = "/run/locum-lab";
/** Where iproute2 keeps named network namespaces. */
export const NETNS_DIRECTORY = "/run/netns";

export const labDirectory = (id: string): string => `${LAB_DIRECTORY}/${id}`;
export const recordPath = (id: string): string => `${labDirectory(id)}.json`;
/** The network namespace of a host, as `ip netns` lists it. */
export const namespaceName = (id: string, host: string): string => `locum-${id}-${host}`;
export const namespacePath = (id: string, host: string): string => `${NETNS_DIRECTORY}/${namespaceName(id, host)}`;
