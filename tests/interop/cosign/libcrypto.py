"""SM2 by OpenSSL's libcrypto: curve arithmetic, verification and encryption, through ctypes.

The model's numbers are Python's, its points are pairs (x, y) or None for infinity.
"""
import ctypes
import ctypes.util
import hashlib

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)

_lib = ctypes.CDLL(ctypes.util.find_library('crypto') or 'libcrypto.so.3')


def _function(name, result, *arguments):
    function = getattr(_lib, name)
    function.restype, function.argtypes = result, arguments
    return function


_p, _int, _size, _bytes = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p
_group = _function('EC_GROUP_new_by_curve_name', _p, _int)(
    _function('OBJ_txt2nid', _int, _bytes)(b'1.2.156.10197.1.301'))
_bn_new = _function('BN_new', _p)
_bn_free = _function('BN_free', None, _p)
_bn_read = _function('BN_bin2bn', _p, _bytes, _int, _p)
_point_new = _function('EC_POINT_new', _p, _p)
_point_free = _function('EC_POINT_free', None, _p)
_point_read = _function('EC_POINT_oct2point', _int, _p, _p, _bytes, _size, _p)
_point_write = _function('EC_POINT_point2oct', _size, _p, _p, _int, _bytes, _size, _p)
_point_mul = _function('EC_POINT_mul', _int, _p, _p, _p, _p, _p, _p)
assert _group


def octets(point):
    """04 || x || y."""
    return b'\x04' + point[0].to_bytes(32, 'big') + point[1].to_bytes(32, 'big')


def point_of(data):
    """The point of 65 bytes; None when it is not on the curve."""
    if len(data) != 65 or data[0] != 4:
        return None
    x, y = int.from_bytes(data[1:33], 'big'), int.from_bytes(data[33:], 'big')
    return (x, y) if x < P and y < P and (y * y - x * x * x - A * x - B) % P == 0 else None


def _compute(g_factor, point, factor):
    """g_factor·G + factor·point; either part may be None."""
    numbers = [None if n is None else _bn_read((n % N).to_bytes(32, 'big'), 32, None)
               for n in (g_factor, factor)]
    q = None
    if factor is not None:
        q = _point_new(_group)
        assert _point_read(_group, q, octets(point), 65, None) == 1
    result = _point_new(_group)
    assert _point_mul(_group, result, numbers[0], q, numbers[1], None) == 1
    buffer = ctypes.create_string_buffer(65)
    length = _point_write(_group, result, 4, buffer, 65, None)
    for number in numbers:
        _bn_free(number)
    _point_free(q)
    _point_free(result)
    return None if length == 1 else (int.from_bytes(buffer.raw[1:33], 'big'),
                                     int.from_bytes(buffer.raw[33:65], 'big'))


def mul(factor, point):
    """factor·point."""
    if point is None:
        return None
    return _compute(factor, None, None) if point == G else _compute(None, point, factor)


def mul_g_plus(g_factor, point, factor):
    """g_factor·G + factor·point."""
    return _compute(g_factor, point, factor) if point is not None else _compute(g_factor, None, None)


def neg(point):
    """-point."""
    return None if point is None else (point[0], -point[1] % P)


def add(a, b):
    """a + b, in Python."""
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] + A) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return (x, (slope * (a[0] - x) - a[1]) % P)


def sm3(data):
    """SM3 by OpenSSL."""
    return hashlib.new('sm3', data).digest()


ID = b'1234567812345678'


class PublicKey:
    """A key in OpenSSL's hands, for verifying and encrypting."""

    _read = _function('d2i_PUBKEY', _p, _p, ctypes.POINTER(_bytes), ctypes.c_long)
    _md_new = _function('EVP_MD_CTX_new', _p)
    _md_free = _function('EVP_MD_CTX_free', None, _p)
    _ctx_new = _function('EVP_PKEY_CTX_new', _p, _p, _p)
    _ctx_free = _function('EVP_PKEY_CTX_free', None, _p)
    _set_id = _function('EVP_PKEY_CTX_set1_id', _int, _p, _bytes, _int)
    _set_ctx = _function('EVP_MD_CTX_set_pkey_ctx', None, _p, _p)
    _init = _function('EVP_DigestVerifyInit', _int, _p, _p, _p, _p, _p)
    _verify = _function('EVP_DigestVerify', _int, _p, _bytes, _size, _bytes, _size)
    _sm3 = _function('EVP_sm3', _p)
    _encrypt_init = _function('EVP_PKEY_encrypt_init', _int, _p)
    _encrypt = _function('EVP_PKEY_encrypt', _int, _p, _bytes, ctypes.POINTER(_size), _bytes, _size)

    def __init__(self, point):
        der = bytes.fromhex('3059301306072a8648ce3d020106082a811ccf5501822d034200') + octets(point)
        pointer = _bytes(der)
        self.key = self._read(None, ctypes.byref(pointer), len(der))
        assert self.key, 'OpenSSL does not take the key'

    def verify(self, message, signature):
        """Whether OpenSSL accepts the DER signature."""
        context, inner = self._md_new(), self._ctx_new(self.key, None)
        assert self._set_id(inner, ID, len(ID)) == 1
        self._set_ctx(context, inner)
        assert self._init(context, None, self._sm3(), None, self.key) == 1
        good = self._verify(context, signature, len(signature), message, len(message)) == 1
        self._md_free(context)
        self._ctx_free(inner)
        return good

    def encrypt(self, message):
        """SM2Cipher DER by OpenSSL."""
        context = self._ctx_new(self.key, None)
        assert self._encrypt_init(context) == 1
        size = _size(0)
        assert self._encrypt(context, None, ctypes.byref(size), message, len(message)) == 1
        out = ctypes.create_string_buffer(size.value)
        assert self._encrypt(context, out, ctypes.byref(size), message, len(message)) == 1
        self._ctx_free(context)
        return out.raw[:size.value]
