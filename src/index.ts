export { default, type JailhouseOptions } from './plugin/index.ts';
