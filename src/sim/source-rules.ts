/** Addresses whose answers leave by an interface of their own. The rules stay until somebody deletes them. */
export interface SourceRule {
  readonly address: string;
  readonly linkIndex: number;
}

export class SourceRules {
  #rules: readonly SourceRule[] = [];

  get all(): readonly SourceRule[] {
    return this.#rules;
  }

  add(rule: SourceRule): void {
    this.remove((each) => each.address === rule.address && each.linkIndex === rule.linkIndex);
    this.#rules = [...this.#rules, rule];
  }

  remove(isGone: (rule: SourceRule) => boolean): void {
    this.#rules = this.#rules.filter((each) => !isGone(each));
  }

  clear(): void {
    this.#rules = [];
  }
}
