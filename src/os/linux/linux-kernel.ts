import { known } from "../../base/assert.js";
import type { Result } from "../../base/result.js";
import type { InterfaceChange, InterfaceConfiguration } from "../../model/interface-configuration.js";
import type {
  HostRoute,
  KernelSnapshot,
  PeerMac,
  PlacedAddress,
  StationMac,
  TcpConnection,
} from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import { addAddress, readKernel, removeAddresses } from "./addresses.js";
import { announce, probe } from "./announce.js";
import { readConnections } from "./connections.js";
import { changeInterface } from "./interface-changes.js";
import { captureInterface } from "./interface-configuration.js";
import { addHostRoute, clearHostRoutes, removeHostRoute } from "./host-routes.js";
import { interfaceIndex } from "./interface-lookup.js";
import { awaitLocalRoutes } from "./local-route.js";
import { LinkSender } from "./link-sender.js";
import { type Answer, NETLINK, NetlinkSocket } from "./netlink-socket.js";
import { addMadeAddress, clearMadeRules, isMadePlace, removeMadeAddress } from "./made-interfaces.js";
import { clearPeerMacs, PeerMacs } from "./peer-macs.js";
import { Tickler } from "./tickle.js";

/**
 * What the agent orders from the kernel. Every order is performed before its method returns, in tens of microseconds;
 * a refusal is a value whose code is the errno's name. Interfaces are looked up anew each time, since a name may belong
 * to another interface than a moment ago.
 */
export class LinuxKernel {
  readonly #netlink = new NetlinkSocket(NETLINK.route);
  readonly #diagnosis = new NetlinkSocket(NETLINK.socketDiagnosis);
  readonly #link = new LinkSender();
  readonly #tickler = new Tickler();
  readonly #peerMacs = new PeerMacs();

  snapshot(): Result<KernelSnapshot, StepProblem> {
    return readKernel(this.#netlink);
  }

  /** Refused with EEXIST when the interface has the address already. */
  addAddress(placed: PlacedAddress): StepProblem | undefined {
    if (isMadePlace(placed)) return addMadeAddress(this.#netlink, placed);
    const linkIndex = this.#indexOf(placed);
    if (linkIndex < 0) return interfaceMissing(placed);
    const problem = problemOf(addAddress(this.#netlink, { ...placed, linkIndex }));
    if (problem === undefined && placed.family === 6) awaitLocalRoutes(this.#netlink, linkIndex, [placed.address]);
    return problem;
  }

  /** Refused with EADDRNOTAVAIL when the interface does not have the address. Nothing else goes with it. */
  removeAddress(placed: PlacedAddress): StepProblem | undefined {
    if (isMadePlace(placed)) return removeMadeAddress(this.#netlink, placed);
    return this.removeAddresses([placed])[0];
  }

  /** The same for many, in fewer system calls: one answer for each, undefined where it is gone. */
  removeAddresses(placed: readonly PlacedAddress[]): readonly (StepProblem | undefined)[] {
    const places = placed.map((each) => ({ ...each, linkIndex: this.#indexOf(each) }));
    const there = places.filter(({ linkIndex }) => linkIndex >= 0);
    const answers = removeAddresses(this.#netlink, there);
    return places.map((place) => {
      if (place.linkIndex < 0) return interfaceMissing(place);
      return problemOf(known(answers[there.indexOf(place)], "every removal has an answer"));
    });
  }

  /** Refused with EEXIST when it is there already. Routes of others to the same address stay, and go first. */
  addRoute(route: HostRoute): StepProblem | undefined {
    const linkIndex = this.#indexOf(route);
    return linkIndex < 0 ? interfaceMissing(route) : problemOf(addHostRoute(this.#netlink, route, linkIndex));
  }

  /** Refused with ESRCH when it is not there. */
  removeRoute(route: HostRoute): StepProblem | undefined {
    const linkIndex = this.#indexOf(route);
    return linkIndex < 0 ? interfaceMissing(route) : problemOf(removeHostRoute(this.#netlink, route, linkIndex));
  }

  /** Removes all routes of ours to these addresses. */
  clearRoutes(addresses: readonly string[]): StepProblem | undefined {
    return clearHostRoutes(this.#netlink, addresses);
  }

  /** Tells the link that the address is here. */
  announce(placed: PlacedAddress): StepProblem | undefined {
    return problemOf(announce({ netlink: this.#netlink, link: this.#link }, placed));
  }

  /** Deletes the rules of an earlier run that belong to no interface of its own: what is wanted still gets them again. */
  clearRules(): StepProblem | undefined {
    return clearPeerMacs() ?? clearMadeRules(this.#netlink);
  }

  /** Asks the link who has the address; answers come to whoever watches it. */
  probe(placed: PlacedAddress): StepProblem | undefined {
    return problemOf(probe(this.#link, placed.made === undefined ? placed : { ...placed, interface: placed.made.on }));
  }

  /** What somebody configured on an interface. Refused with ENODEV when there is none of that name. */
  captureInterface(name: string): Result<InterfaceConfiguration, StepProblem> {
    return captureInterface(this.#netlink, name);
  }

  /** What is so already is a success; the parts that can be done are done, and the problem names the others. */
  changeInterface(change: InterfaceChange): StepProblem | undefined {
    return changeInterface({ netlink: this.#netlink, link: this.#link }, change);
  }

  /** Receives also what is sent to a peer's MAC; see {@link PeerMacs}. */
  listenForMac(peer: PeerMac): StepProblem | undefined {
    return this.#peerMacs.listen(peer);
  }

  stopListening(station: StationMac): StepProblem | undefined {
    return this.#peerMacs.stop(station);
  }

  /** Lets the switches on the link learn that a MAC is here. */
  showMac(station: StationMac): StepProblem | undefined {
    return this.#peerMacs.show(station);
  }

  /** Lets clients of lost connections find out at once; many of them in turns, after this has returned. */
  tickle(connections: readonly TcpConnection[]): void {
    this.#tickler.tickle(connections);
  }

  /** None when the kernel does not tell: nothing but speed is lost. */
  readConnections(localAddresses: readonly string[]): readonly TcpConnection[] {
    const found = readConnections(this.#diagnosis, localAddresses);
    return found.ok ? found.value : [];
  }

  close(): void {
    this.#netlink.close();
    this.#diagnosis.close();
    this.#link.close();
    this.#tickler.close();
    this.#peerMacs.close();
  }

  #indexOf(place: { readonly interface: string }): number {
    return interfaceIndex(this.#link.fd, place.interface);
  }
}

const problemOf = (answer: Answer): StepProblem | undefined => (answer.ok ? undefined : answer.problem);

const interfaceMissing = (place: { readonly interface: string }): StepProblem => ({
  code: "ENODEV",
  message: `there is no interface ${place.interface}`,
});
