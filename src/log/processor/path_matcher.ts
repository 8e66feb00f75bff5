/**
 * Follows many paths at once through a tree of data: the paths are one automaton, and what it has found out for a key it keeps. Data with the
 * same keys again costs one look-up a key, however many paths there are.
 *
 * A key that holds dots counts as a whole and as the steps that it spells: `user.email` is found in `{"user":{"email":1}}` and in
 * `{"user.email":1}`.
 *
 * @module
 */
import { folded, type PathStep } from "./redact_path.ts";

/** Moves that are kept; further ones are worked out each time. */
export const MAX_MOVES = 4_096;
/** Longest key of a move that is kept. */
const MAX_KEPT_KEY = 128;

/** A place in the paths: what may come next. */
interface Node {
  readonly id: number;
  readonly names: Map<string, Node>;
  readonly folded: Map<string, Node>;
  any: Node | undefined;
  /** Where any number of steps leads; it leads to itself. */
  deep: Node | undefined;
  isDeep: boolean;
  isEnd: boolean;
}

/** Where a walk is in all paths at once. */
export interface MatchState {
  /** Does a path end here? */
  readonly hit: boolean;
  /** Can a path end further down? */
  readonly open: boolean;
  /** Places in the paths. */
  readonly nodes: readonly Node[];
  /** Moves that are known, by key. */
  readonly moves: Map<string, MatchState>;
  /** The move to an item, where its index makes no difference. */
  item: MatchState | undefined;
}

/** The paths of one redaction. */
export class PathMatcher {
  /** Where a walk begins. */
  readonly start: MatchState;
  #nodes = 0;
  #moves = 0;
  /** Is a step a number, so that items of an array differ? */
  readonly #indexed: boolean;
  readonly #states: Map<string, MatchState> = new Map();

  /** @param paths Steps of each path. */
  constructor(paths: readonly (readonly PathStep[])[]) {
    const root = this.#node();
    for (const path of paths) this.#add(root, path);
    this.#indexed = paths.some((path) => path.some((step) => "name" in step && /^\d+$/.test(step.name)));
    this.start = this.#state(withDeep([root]));
  }

  /**
   * The state below a key.
   *
   * @param state Where the walk is.
   * @param key Key of an object.
   */
  move(state: MatchState, key: string): MatchState {
    return state.moves.get(key) ?? this.#newMove(state, key);
  }

  /**
   * The state of an item.
   *
   * @param state Where the walk is.
   * @param index Its place in the array.
   */
  moveToItem(state: MatchState, index: number): MatchState {
    if (this.#indexed) return this.#state(step(state.nodes, String(index)));
    return state.item ??= this.#state(step(state.nodes, undefined));
  }

  #newMove(state: MatchState, key: string): MatchState {
    const next = this.#state([...new Set([...step(state.nodes, key), ...spelt(state.nodes, key)])]);
    if (this.#moves < MAX_MOVES && key.length <= MAX_KEPT_KEY) {
      this.#moves++;
      state.moves.set(key, next);
    }
    return next;
  }

  #state(nodes: readonly Node[]): MatchState {
    const id = nodes.map((node) => node.id).sort((a, b) => a - b).join();
    const known = this.#states.get(id);
    if (known !== undefined) return known;
    const hit = nodes.some(({ isEnd }) => isEnd);
    const state: MatchState = { hit, open: nodes.some(leadsOn), nodes, moves: new Map(), item: undefined };
    // As many as there are moves at most, but for those that are not kept either.
    if (this.#states.size <= MAX_MOVES) this.#states.set(id, state);
    return state;
  }

  #node(): Node {
    const id = this.#nodes++;
    return { id, names: new Map(), folded: new Map(), any: undefined, deep: undefined, isDeep: false, isEnd: false };
  }

  #add(root: Node, path: readonly PathStep[]): void {
    let node = root;
    for (const step of path) node = this.#next(node, step);
    node.isEnd = true;
  }

  #next(node: Node, step: PathStep): Node {
    switch (step.kind) {
      case "any":
        return node.any ??= this.#node();
      case "deep": {
        if (node.isDeep) return node;
        const deep = node.deep ??= this.#node();
        deep.isDeep = true;
        return deep;
      }
      default: {
        const children = step.kind === "name" ? node.names : node.folded;
        const next = children.get(step.name) ?? this.#node();
        children.set(step.name, next);
        return next;
      }
    }
  }
}

function leadsOn({ names, folded, any, isDeep }: Node): boolean {
  return isDeep || any !== undefined || names.size > 0 || folded.size > 0;
}

/** The places after one step; `undefined` stands for an index that no path names. */
function step(nodes: readonly Node[], key: string | undefined): Node[] {
  const next: Node[] = [];
  for (const node of nodes) {
    const named = key === undefined ? undefined : node.names.get(key);
    const anyCase = key === undefined || node.folded.size === 0 ? undefined : node.folded.get(folded(key));
    for (const found of [named, anyCase, node.any, node.isDeep ? node : undefined]) {
      if (found !== undefined) next.push(found);
    }
  }
  return withDeep(next);
}

/** The places after the steps that a key with dots spells. Where a path ends on the way, what is further down is hit too. */
function spelt(nodes: readonly Node[], key: string): Node[] {
  if (!key.includes(".")) return [];
  const ended: Node[] = [];
  let at: readonly Node[] = nodes;
  for (const name of key.split(".")) {
    at = step(at, name);
    ended.push(...at.filter(({ isEnd }) => isEnd));
  }
  return [...at, ...ended];
}

function withDeep(nodes: readonly Node[]): Node[] {
  const all = new Set(nodes);
  for (const node of nodes) {
    if (node.deep !== undefined) all.add(node.deep);
  }
  return [...all];
}
