import type { Edge } from './graph.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** A state; x and y are its centre. */
export interface PlacedState extends Box {
  readonly state: string;
}

/** An edge as a polyline; consecutive points are joined by curves that leave and enter along the reading direction. */
export interface PlacedEdge extends Edge {
  readonly points: readonly Point[];
  /** Where its count is written; x and y are the centre. */
  readonly label: Point;
}

export interface Diagram {
  readonly width: number;
  readonly height: number;
  readonly direction: Direction;
  readonly states: readonly PlacedState[];
  readonly edges: readonly PlacedEdge[];
}

/** `right` reads from left to right, on wide screens; `down` from top to bottom. */
export type Direction = 'right' | 'down';
