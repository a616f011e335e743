/*
 * The server serves the ES module of the package uplot beside our modules, as uplot.js: a browser finds no package by
 * its name.
 */
export { default } from 'uplot';
