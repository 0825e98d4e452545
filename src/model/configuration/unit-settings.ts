/** What a unit of systemd says, read as systemd does: systemd.exec(5), systemd.syntax(7). Drop-ins stand behind the unit. */

/** The last word of a setting counts; an empty one is none. */
export function setting(unit: string, name: string): string | undefined {
  const last = values(unit, name).at(-1);
  return last === "" ? undefined : last;
}

const values = (unit: string, name: string): readonly string[] =>
  unit
    .split("\n")
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1).trim());

const OFF = /^(no|n|false|f|off|0)$/i;

/** Whether a setting that keeps something from the unit does so. */
export function isOn(unit: string, name: string): boolean {
  const value = setting(unit, name);
  return value !== undefined && !OFF.test(value);
}

/**
 * Whether a setting that lists what the unit may have leaves it this. Its lines add up, those that begin with `~` take
 * away, and after an empty one they begin anew.
 *
 * @param whenEmpty what an empty list means: rights are none then, families of sockets all
 */
export function grants(unit: string, name: string, word: string, whenEmpty: boolean): boolean {
  let granted: boolean | undefined;
  let isEmpty = false;
  for (const value of values(unit, name)) {
    const isTaking = value.startsWith("~");
    const isNamed = value.replace(/^~/, "").split(/\s+/).includes(word);
    isEmpty = value === "";
    if (isEmpty) granted = undefined;
    else if (granted === undefined) granted = isNamed !== isTaking;
    else if (isNamed) granted = !isTaking;
  }
  return granted ?? (!isEmpty || whenEmpty);
}
