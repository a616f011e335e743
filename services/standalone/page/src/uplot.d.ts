/*
 * The server serves the ES module of the package uplot beside our modules, as uplot.js: a browser finds no package by
 * its name.
 */
// oxlint-disable-next-line import/no-default-export -- that is how the package exports it
export { default } from 'uplot';
