import { viewOf } from "../base/bytes.js";

/** One instruction of a classic BPF program (linux/filter.h): jumps count the instructions to skip. */
export interface BpfInstruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

const CODE = { load32: 0x20, load8: 0x30, jump: 0x05, jumpIfEqual: 0x15, answer: 0x06 } as const;
const WHOLE_PACKET = 0xffff;

const plain = (code: number, value: number): BpfInstruction => ({ code, ifTrue: 0, ifFalse: 0, value });

export const load8 = (offset: number): BpfInstruction => plain(CODE.load8, offset);
export const load32 = (offset: number): BpfInstruction => plain(CODE.load32, offset);
export const accept: BpfInstruction = plain(CODE.answer, WHOLE_PACKET);
export const reject: BpfInstruction = plain(CODE.answer, 0);

/** Lets go on only what equals `value`; anything else is rejected. */
export const require = (value: number): readonly BpfInstruction[] => [
  { code: CODE.jumpIfEqual, ifTrue: 1, ifFalse: 0, value },
  reject,
];

/** Lets what equals `value` skip the instructions of `others`; they handle the rest. */
export const unlessEqual = (value: number, others: readonly BpfInstruction[]): readonly BpfInstruction[] => [
  { code: CODE.jumpIfEqual, ifTrue: 0, ifFalse: 1, value },
  plain(CODE.jump, others.length),
  ...others,
];

/** Accepts what equals `value`; anything else goes on. */
export const acceptIf = (value: number): readonly BpfInstruction[] => [
  { code: CODE.jumpIfEqual, ifTrue: 0, ifFalse: 1, value },
  accept,
];

/** The program as an array of struct sock_filter, in host order: code u16, jump if true u8, if false u8, value u32. */
export function encodeBpf(program: readonly BpfInstruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = viewOf(bytes);
  for (const [index, { code, ifTrue, ifFalse, value }] of program.entries()) {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, ifTrue);
    view.setUint8(index * 8 + 3, ifFalse);
    view.setUint32(index * 8 + 4, value, true);
  }
  return bytes;
}
