"""The currencies that money can be in, and their decimals: the active codes of ISO 4217, without funds, metals and test
codes.

Source: ISO 4217 List One as kept by SIX, column "Minor unit", as of 2026-01-01: Bulgaria has the euro, the Caribbean
guilder XCG has taken the place of ANG.
"""

from __future__ import annotations

from collections.abc import Mapping

_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK
DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD
KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
DECIMALS: Mapping[str, int] = {
    code: decimals for decimals, codes in ((0, _NONE), (2, _TWO), (3, _THREE)) for code in codes.split()
}
"""How many decimals an amount of each currency has at the most."""
CURRENCIES: frozenset[str] = frozenset(DECIMALS)
