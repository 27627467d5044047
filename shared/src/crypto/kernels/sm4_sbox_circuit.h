#pragma once

#include <cstdint>

#include "vector128.h"

/// The S-box of SM4 as a circuit of 113 gates (77 XOR, 36 AND or OR) over bit planes.
///
/// A plane is any integer or vector type; bit n of plane x_j is bit j of the n-th input byte, so
/// one evaluation looks up as many bytes as a plane has bits, in constant time.
///
/// Structure. The table of GB/T 32907-2016 §6.2 is S(x) = A·(A·x + c)^-1 + c over GF(2^8) modulo
/// x^8+x^7+x^6+x^5+x^4+x^2+1, with A a circulant bit matrix (Liu, Ji, Hu, Ding, Lv, Pyshkin,
/// Weinmann: "Analysis of the SMS4 Block Cipher", ACISP 2007). The inversion is done in the tower
/// GF(((2^2)^2)^2) with normal bases, as Canright did for AES ("A Very Compact S-Box for AES", CHES
/// 2005): inv(a, b) follows from one inversion of the norm of (a, b) in the subfield. The linear
/// layers were merged with the changes of basis and shortened as in Boyar and Peralta ("A New
/// Combinational Logic Minimization Technique", SEA 2010). An OR replaces an AND where its extra
/// linear terms are needed anyway.
///
/// There are no NOT gates: the constants that A and c bring in stay outside, so that the circuit
/// computes S(x ^ sbox_input_mask) ^ sbox_output_mask. The key expansion folds both masks into the
/// round keys, where they cost nothing.
///
/// Wire names tell the part of the structure: in = A and change of basis; mul = products of the
/// halves in GF(2^4); norm = the norm, an element of GF(2^4); small = its inversion in GF(2^2);
/// inv = the inverted norm; prod = its products with both halves; out = change of basis back and A.
/// The order keeps few wires alive at a time, which matters with 16 registers. A unit test
/// evaluates all 256 inputs against the table of the standard.
namespace bidseal::crypto::kernels {

inline constexpr std::uint8_t sbox_input_mask = 0x75;
inline constexpr std::uint8_t sbox_output_mask = 0xd3;

/// Eight input planes, lowest bit first, to eight output planes at `y`, which may not overlap them.
template <class Plane>
BIDSEAL_KERNEL_INLINE void sm4_sbox_circuit(Plane x0, Plane x1, Plane x2, Plane x3, Plane x4,
                                            Plane x5, Plane x6, Plane x7, Plane* y) {
    const Plane in8 = x2 ^ x6;
    const Plane in10 = x4 ^ x7;
    const Plane in11 = x5 ^ in10;
    const Plane in9 = x1 ^ in8;
    const Plane in3 = x1 ^ x5;
    const Plane in1 = x3 ^ x5;
    const Plane in2 = x7 ^ in1;
    const Plane in6 = in2 ^ in3;
    const Plane mul25 = in8 | in2;
    const Plane in5 = x0 ^ in3;
    const Plane in7 = x3 ^ in5;
    const Plane in13 = in9 ^ in11;
    const Plane in15 = x6 ^ in13;
    const Plane mul24 = in13 | in15;
    const Plane mul21 = in11 & in5;
    const Plane in16 = in6 ^ in15;
    const Plane in18 = in5 ^ in15;
    const Plane mul27 = in9 & in18;
    const Plane mul23 = in7 & in16;
    const Plane norm30 = mul23 ^ mul24;
    const Plane in17 = x0 ^ in16;
    const Plane mul26 = x1 | in17;
    const Plane norm28 = mul25 ^ mul26;
    const Plane norm29 = mul26 ^ mul27;
    const Plane norm31 = norm28 ^ norm30;
    const Plane norm34 = mul21 ^ norm28;
    const Plane norm39 = norm31 ^ in1;
    const Plane norm33 = mul21 ^ norm29;
    const Plane in4 = x0 ^ in1;
    const Plane mul20 = in4 | x0;
    const Plane norm37 = mul20 ^ norm34;
    const Plane in12 = in4 ^ in11;
    const Plane mul19 = in12 & in3;
    const Plane norm36 = mul19 ^ norm33;
    const Plane norm38 = norm36 ^ x6;
    const Plane norm40 = norm38 ^ norm37;
    const Plane in14 = in8 ^ in12;
    const Plane mul22 = in14 | in6;
    const Plane norm32 = mul22 ^ mul24;
    const Plane norm35 = norm29 ^ norm32;
    const Plane small43 = norm37 & norm39;
    const Plane norm41 = norm35 ^ norm39;
    const Plane small44 = norm40 & norm41;
    const Plane small46 = small43 ^ small44;
    const Plane small42 = norm38 | norm35;
    const Plane small45 = small42 ^ small44;
    const Plane inv54 = norm37 & small45;
    const Plane inv51 = norm39 & small45;
    const Plane small47 = norm40 ^ norm41;
    const Plane small48 = small46 ^ small47;
    const Plane small49 = small48 ^ small45;
    const Plane inv55 = norm40 & small49;
    const Plane inv52 = norm41 & small49;
    const Plane inv50 = norm35 & small48;
    const Plane inv53 = norm38 & small48;
    const Plane inv59 = inv53 ^ inv55;
    const Plane inv60 = inv53 ^ inv54;
    const Plane inv58 = inv54 ^ inv55;
    const Plane prod78 = in16 & inv58;
    const Plane prod68 = in14 & inv59;
    const Plane prod77 = in6 & inv59;
    const Plane prod70 = in13 & inv60;
    const Plane prod79 = in15 & inv60;
    const Plane prod69 = in7 & inv58;
    const Plane inv61 = inv51 ^ inv52;
    const Plane inv64 = inv58 ^ inv61;
    const Plane inv57 = inv50 ^ inv51;
    const Plane inv56 = inv50 ^ inv52;
    const Plane prod81 = in17 & inv64;
    const Plane prod72 = x1 & inv64;
    const Plane inv62 = inv57 ^ inv60;
    const Plane prod67 = in11 & inv57;
    const Plane prod76 = in5 & inv57;
    const Plane prod66 = in4 & inv61;
    const Plane prod75 = x0 & inv61;
    const Plane out83 = prod66 ^ prod69;
    const Plane out84 = prod79 ^ out83;
    const Plane prod65 = in12 & inv56;
    const Plane inv63 = inv56 ^ inv59;
    const Plane prod74 = in3 & inv56;
    const Plane prod82 = in18 & inv62;
    const Plane prod73 = in9 & inv62;
    const Plane out102 = prod66 ^ prod73;
    const Plane out87 = prod72 ^ prod73;
    const Plane prod71 = in8 & inv63;
    const Plane prod80 = in2 & inv63;
    const Plane out97 = prod65 ^ prod71;
    const Plane out108 = out97 ^ out102;
    const Plane out90 = prod65 ^ prod70;
    const Plane out89 = prod74 ^ prod82;
    const Plane out85 = prod67 ^ out84;
    const Plane out86 = prod81 ^ out85;
    const Plane out94 = prod70 ^ out86;
    const Plane out91 = prod68 ^ out86;
    const Plane out101 = prod68 ^ out90;
    const Plane out113 = prod67 ^ out101;
    const Plane out95 = out87 ^ out91;
    const Plane out92 = out87 ^ out90;
    const Plane out99 = prod77 ^ out95;
    const Plane out104 = prod82 ^ out99;
    const Plane out96 = prod78 ^ out94;
    const Plane out109 = prod80 ^ out96;
    const Plane out103 = prod80 ^ out89;
    const Plane out88 = prod75 ^ prod78;
    const Plane out93 = out88 ^ out89;
    const Plane out98 = out84 ^ out88;
    const Plane out107 = out93 ^ out94;
    const Plane out106 = out93 ^ out95;
    const Plane out100 = out92 ^ out98;
    const Plane out112 = prod76 ^ out100;
    const Plane out105 = out92 ^ out103;
    const Plane out110 = prod75 ^ out105;
    const Plane out111 = out83 ^ out110;
    y[0] = out109;
    y[1] = out106;
    y[2] = out111;
    y[3] = out113;
    y[4] = out107;
    y[5] = out112;
    y[6] = out104;
    y[7] = out108;
}

}  // namespace bidseal::crypto::kernels
