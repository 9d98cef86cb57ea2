/* Fixed-width types, for configs that are compiled without Jailhouse. */
#ifndef TUTORIAL_TYPES_H
#define TUTORIAL_TYPES_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;

#endif
