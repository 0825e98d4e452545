/** What the kernel answers when there is no interface of the name: whatever was to be taken off it is off. */
export const INTERFACE_GONE: ReadonlySet<string> = new Set(["ENODEV", "ENXIO", "no-interface"]);
