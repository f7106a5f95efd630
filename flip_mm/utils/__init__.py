# SPDX-License-Identifier: Apache-2.0
"""Small helpers without knowledge of face anti-spoofing."""
