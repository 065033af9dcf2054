"""How near a result is to fp32."""
